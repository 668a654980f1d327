import csv
import re
import shutil
from pathlib import Path

import pytest

from tests.unit.env.toy_world import _record_hash
from vlmhb.env.digests import read_files
from vlmhb.env.records import (
    dist_infos,
    installed_packages,
    parse_record,
    problems,
    read_record,
)
from vlmhb.env.tree import scan
from vlmhb.errors import EnvError

SITE = "lib/python3.11/site-packages"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    (tmp_path / SITE).mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    return tmp_path


def install(venv: Path, package: str, files: dict[str, str]) -> None:
    info = venv / SITE / f"{package}.dist-info"
    info.mkdir()
    for path, text in files.items():
        (venv / SITE / path).write_text(text)
    rows = [f"{path},{_record_hash(text)},{len(text)}" for path, text in files.items()]
    (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,", ""]))


def found(venv: Path) -> list[str]:
    tree = scan(venv)
    sha256 = {path: digest.sha256 for path, digest in read_files(venv, tree.files).items()}
    records = [parse_record(read_record(venv, info)[1], venv, info) for info in dist_infos(venv)]
    return [str(problem) for problem in problems(tree, records, sha256)]


def test_packages_are_named_as_in_a_lock(venv):
    install(venv, "Ruamel.Yaml_clib-0.2.8", {})

    assert (("ruamel-yaml-clib", "0.2.8"),) == installed_packages(venv)


def test_files_as_recorded_are_no_problem(venv):
    install(venv, "a-1", {"a.py": "a", "../../../bin/a": "#!"})

    assert [] == found(venv)


def test_a_missing_and_a_changed_file_are_told_with_their_package(venv):
    install(venv, "a-1", {"a.py": "a", "b.py": "b", "../../../bin/a": "#!"})
    (venv / SITE / "a.py").write_text("b")
    (venv / "bin/a").unlink()

    assert [f"a: changed: {SITE}/a.py", "a: missing: bin/a"] == found(venv)


def test_a_file_of_two_packages_may_be_either(venv):
    install(venv, "a-1", {"shared.py": "from a"})
    install(venv, "b-1", {"shared.py": "from b"})

    assert [] == found(venv)


def test_a_list_has_the_same_name_wherever_the_venv_is(venv, tmp_path):
    install(venv, "a-1", {"a.py": "a"})
    moved = tmp_path.with_name("moved")
    shutil.copytree(venv, moved)

    (first,), (second,) = dist_infos(venv), dist_infos(moved)
    assert read_record(venv, first) == read_record(moved, second)


def test_lines_that_name_no_file_are_left_out(venv):
    install(venv, "a-1", {"a.py": "a"})
    record = venv / SITE / "a-1.dist-info/RECORD"
    before = parse_record(record.read_bytes(), venv, record.parent)
    record.write_text("\n" + record.read_text() + "\n\n,,\n")

    assert before == parse_record(record.read_bytes(), venv, record.parent)
    assert [] == found(venv)


def test_a_file_named_alone_has_to_be_there(venv):
    install(venv, "a-1", {})
    (venv / SITE / "a-1.dist-info/RECORD").write_text("a.py\n")

    assert [f"a: missing: {SITE}/a.py"] == found(venv)


def test_a_package_that_has_no_list_lists_nothing(venv):
    (venv / SITE / "shim-1.dist-info").mkdir()
    (venv / SITE / "folder-1.dist-info/RECORD").mkdir(parents=True)
    (venv / SITE / "file-1.dist-info").touch()

    assert [] == found(venv)
    assert (("folder", "1"), ("shim", "1")) == installed_packages(venv)


@pytest.mark.parametrize("checksum", ["sha256=\u00e9", "sha256=abcde", "sha256="])
def test_a_checksum_that_is_none_vouches_for_no_file(venv, checksum: str):
    install(venv, "a-1", {"a.py": "a"})
    (venv / SITE / "a-1.dist-info/RECORD").write_text(f"a.py,{checksum},1\n")

    expected = [] if checksum == "sha256=" else [f"a: changed: {SITE}/a.py"]
    assert expected == found(venv)


def test_bytes_that_are_no_utf_8_name_a_file_that_is_not_there(venv):
    install(venv, "a-1", {})
    (venv / SITE / "a-1.dist-info/RECORD").write_bytes(b"\xff.py,,\n")

    assert [f"a: missing: {SITE}/\\xff.py"] == found(venv)


def test_what_is_no_list_is_said_with_its_place(venv):
    install(venv, "a-1", {})
    record = venv / SITE / "a-1.dist-info/RECORD"
    record.write_text("x" * (csv.field_size_limit() + 1))

    with pytest.raises(EnvError, match=re.escape(str(record))):
        found(venv)
