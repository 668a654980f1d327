"""What an existing Python holds, asked with one process and without a trace."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.inspection import Inspection, inspect, inspect_lent
from vlmhb.env.records import site_packages
from vlmhb.errors import EnvError


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """The Python of an empty venv."""
    venv.create(tmp_path / "venv", symlinks=True)
    return tmp_path / "venv/bin/python"


def add_package(python: Path, name: str, version: str, record: str = "", file: str = "RECORD"):
    info = site_packages(python.parent.parent) / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / file).write_text(record or f"{name}.py,sha256=0,1\n")
    return info


def add_hook(python: Path) -> None:
    """A module that every start of this Python imports, as editable installations have it."""
    folder = site_packages(python.parent.parent)
    (folder / "hook.pth").write_text("import hooked\n")
    (folder / "hooked.py").write_text("")


def packages(found: Inspection) -> dict[str, str]:
    return dict(found.packages)


def test_packages_have_the_names_of_locks(python: Path):
    add_package(python, "Toy_Model", "1.0")

    assert {"toy-model": "1.0"} == packages(inspect(python))


def test_the_interpreter_is_the_one_a_venv_was_made_of(python: Path):
    found = inspect(python).interpreter

    assert os.path.realpath(sys.executable) == found.path
    assert (sys.version, sys.implementation.cache_tag) == (found.build, found.implementation)


def test_the_remains_of_a_package_stop_nothing(python: Path):
    (site_packages(python.parent.parent) / "~ost-1.0.dist-info").mkdir()
    add_package(python, "toy", "1.0")

    assert {"toy": "1.0"} == packages(inspect(python))


def test_msgpack_serves_the_worker(python: Path):
    before = inspect(python)
    (site_packages(python.parent.parent) / "msgpack.py").write_text("")

    after = inspect(python)

    assert (False, True) == (before.serves_worker, after.serves_worker)


def test_a_new_version_or_other_files_change_the_digest(python: Path):
    info = add_package(python, "toy", "1.0")
    first = inspect(python)

    (info / "RECORD").write_text("other.py,sha256=1,1\n")
    other_files = inspect(python)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.1\n")
    other_version = inspect(python)

    assert 3 == len({first.sha256, other_files.sha256, other_version.sha256})


def test_a_package_without_a_record_counts_by_what_it_has(python: Path):
    info = add_package(python, "toy", "1.0", file="installed-files.txt", record="a.py\n")
    first = inspect(python)

    (info / "installed-files.txt").write_text("b.py\n")

    assert first.sha256 != inspect(python).sha256


def missing(folder: Path) -> Path:
    return folder / "nothing"


def a_folder(folder: Path) -> Path:
    return folder


def not_executable(folder: Path) -> Path:
    path = folder / "python"
    path.write_text("#!/bin/sh\n")
    return path


def dangling(folder: Path) -> Path:
    path = folder / "python"
    path.symlink_to(folder / "gone")
    return path


def no_program(folder: Path) -> Path:
    path = not_executable(folder)
    path.write_bytes(b"\x00\x01")
    path.chmod(0o755)
    return path


def no_python(folder: Path) -> Path:
    path = not_executable(folder)
    path.write_text("#!/bin/sh\necho not me >&2\nexit 3\n")
    path.chmod(0o755)
    return path


def old_python(_folder: Path) -> Path:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = sorted(versions.glob("3.[67].*/bin/python"))
    if not found:
        pytest.skip("no Python 3.6 or 3.7 here")
    return found[-1]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (missing, "nothing does not exist"),
        (a_folder, "is a folder"),
        (not_executable, "python is not executable"),
        (dangling, "python is a link or a script, and what it names does not exist"),
        (no_program, "python is no program of this machine"),
        (no_python, "(exit code 3); its last line was: not me"),
        (old_python, "is Python 3."),
    ],
)
def test_what_is_not_a_usable_python_is_told_with_the_file_to_correct(tmp_path, make, expected):
    spec = EnvSpec("lent", "/specs/lent", imports=(), interpreter=str(make(tmp_path)))

    with pytest.raises(EnvError) as caught:
        inspect_lent(spec)

    assert expected in caught.value.got
    assert "lent" in caught.value.doing
    assert "3.8 or newer" in (caught.value.expected or "")
    assert "/specs/lent/envspec.yaml" in (caught.value.next_step or "")


def test_asking_writes_nothing(python: Path):
    add_hook(python)
    before = listing(python.parent.parent)

    inspect(python)

    assert before == listing(python.parent.parent)


def listing(folder: Path) -> str:
    """Every name with its times, sizes and rights."""
    words = ["find", str(folder), "-printf", "%P %y %m %s %T@ %C@\n"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
