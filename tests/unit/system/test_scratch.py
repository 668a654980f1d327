import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from vlmhb.system.owner import own_name
from vlmhb.system.scratch import scratch_folder, sweep


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    tempfile.tempdir = None  # Python looks at the variable once
    yield tmp_path
    tempfile.tempdir = None


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_it_is_gone_with_its_user(temporary: Path):
    with scratch_folder("render") as name:
        assert temporary == Path(name).parent
        Path(name, "page.png").touch()

    assert set() == names(temporary)


def test_those_of_killed_processes_go_when_the_next_one_is_made(temporary: Path):
    dead = own_name().rpartition("_")[0] + "_1"
    for name in (f"vlmhb-render-{dead}-abcdefgh", f"vlmhb-worker-{dead}-abc_efgh"):
        (temporary / name).mkdir()
        (temporary / name / "page.png").touch()

    with scratch_folder("charts") as name:
        assert {Path(name).name} == names(temporary)


def test_folders_of_the_living_of_other_machines_and_of_others_stay(temporary: Path):
    kept = {
        f"vlmhb-render-{own_name()}-abcdefgh",
        "vlmhb-render-0a1b2c3d.1_1-abcdefgh",
        "vlmhb-something-of-mine",
        "vlmhb-notes",
        "vlmhb-a-b-c-d",
    }
    for name in kept:
        (temporary / name).mkdir()

    sweep(temporary)

    assert kept == names(temporary)
