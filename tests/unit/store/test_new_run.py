import os
from pathlib import Path

import pytest

from tests.build import answer
from tests.unit.store.runs import MANIFEST, TASKS
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.telemetry import Reading, WorkerTelemetry, WorkerTotals
from vlmhb.errors import RunLockedError, StorageError, UsageError
from vlmhb.store import RecordedRun, RunDir, read_run, write_new_run
from vlmhb.store.new_run import _hold

RECORDED = RecordedRun(
    MANIFEST,
    TASKS,
    {"r1": answer("r1"), "r2": answer("r2")},
    verdicts={"v": answer("v")},
    decisions=(Decision("m", Decided.CHOSEN, "why", "2026-01-01T00:00:00Z"),),
    telemetry=(
        WorkerTelemetry("m", 0, 0, totals=WorkerTotals(alive_s=9.0), readings=(Reading(1.0, 1.0),)),
    ),
)


def write(folder: Path, pictures: dict[str, Path] | None = None) -> RunDir:
    return write_new_run(folder, RECORDED, pictures or {}, lambda _staged: None)


def test_what_is_written_is_read_again(tmp_path: Path):
    assert RECORDED == read_run(write(tmp_path / "deep" / "run"))


def test_pictures_are_copied(tmp_path: Path):
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"jpeg")

    run_dir = write(tmp_path / "run", {"a" * 64: picture})

    assert b"jpeg" == run_dir.thumbnail("a" * 64).read_bytes()


def test_an_empty_folder_is_filled(tmp_path: Path):
    (tmp_path / "run").mkdir()

    assert RECORDED == read_run(write(tmp_path / "run"))


@pytest.mark.parametrize(
    ("name", "got"), [("run.json", "it holds a run"), ("notes.txt", "there are files in it")]
)
def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, name: str, got: str):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).write_text("mine")

    with pytest.raises(UsageError, match=got):
        write(tmp_path / "run")

    assert [tmp_path / "run" / name] == list((tmp_path / "run").iterdir())


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "run").write_text("mine")

    with pytest.raises(UsageError, match="it is no folder"):
        write(tmp_path / "run")


@pytest.mark.parametrize("error", [StorageError("cannot write", "full"), KeyboardInterrupt()])
def test_nothing_is_left_of_a_run_that_could_not_be_completed(tmp_path: Path, error: BaseException):
    def fail(_staged: RunDir) -> None:
        raise error

    with pytest.raises(type(error)):
        write_new_run(tmp_path / "run", RECORDED, {}, fail)

    assert [] == list(tmp_path.iterdir())


def test_a_picture_that_is_gone_leaves_nothing(tmp_path: Path):
    with pytest.raises(StorageError, match="cannot copy"):
        write(tmp_path / "run", {"a" * 64: tmp_path / "gone.jpg"})

    assert [] == list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_no_obstacle(tmp_path: Path):
    left = tmp_path / ".run.partial"
    (left / "pages").mkdir(parents=True)
    (left / "answers.jsonl").write_text("half")

    assert RECORDED == read_run(write(tmp_path / "run"))
    assert [tmp_path / "run"] == list(tmp_path.iterdir())


def test_one_process_writes_a_folder_at_a_time(tmp_path: Path):
    def write_too(_staged: RunDir) -> None:
        with pytest.raises(RunLockedError, match="another vlmhb is about to"):
            write(tmp_path / "run")

    run_dir = write_new_run(tmp_path / "run", RECORDED, {}, write_too)

    assert RECORDED == read_run(run_dir)


def test_a_link_to_an_empty_folder_stays_one(tmp_path: Path):
    (tmp_path / "volume").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "volume")

    run_dir = write(tmp_path / "run")

    assert RECORDED == read_run(run_dir)
    assert (tmp_path / "run").is_symlink()


def test_what_came_there_meanwhile_is_left_alone(tmp_path: Path):
    def come(_staged: RunDir) -> None:
        (tmp_path / "run").mkdir()
        (tmp_path / "run/notes.txt").write_text("mine")

    with pytest.raises(UsageError, match="there are files in it"):
        write_new_run(tmp_path / "run", RECORDED, {}, come)

    assert ["run", "run/notes.txt"] == sorted(
        str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")
    )


def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path):
    with pytest.raises(StorageError, match="File name too long"):
        write(tmp_path / ("x" * 300))


def test_a_circle_of_links_is_refused(tmp_path: Path):
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    with pytest.raises(StorageError, match="Too many levels"):
        write(tmp_path / "circle" / "run")


def test_a_place_too_deep_for_its_files_stays_empty(tmp_path: Path):
    """A path may have 4,095 bytes: those of the folder do, those of what is in it do not."""
    deep = tmp_path
    while len(str(deep)) < 3870:
        deep /= "d" * 200
    deep.mkdir(parents=True)
    name = "n" * (4092 - len(str(deep / "..partial")))

    with pytest.raises(StorageError, match=r"cannot make .*File name too long"):
        write(deep / name)

    assert [] == list(deep.iterdir())


def test_a_folder_that_another_process_has_named_meanwhile_is_not_taken_for_ours(tmp_path: Path):
    """Between opening and locking it there is no way to stop, so this is about the lock alone."""
    staged = tmp_path / ".run.partial"
    staged.mkdir()
    fd = os.open(staged, os.O_RDONLY)
    staged.rename(tmp_path / "run")

    with pytest.raises(RunLockedError, match="another vlmhb is about to"):
        _hold(fd, staged, tmp_path / "run")

    os.close(fd)
