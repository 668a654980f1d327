"""Which folder is used, and when it is refused."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import answer
from tests.unit.store.runs import MANIFEST, TASKS, start_run
from vlmhb.errors import ResumeRefusedError, RunLockedError, StorageError
from vlmhb.store import JournalWriter, OpenRun, choose_folder
from vlmhb.system.durable import Change, Kind, watched_by


def make_run(runs: Path, name: str) -> Path:
    folder = runs / name
    folder.mkdir(parents=True)
    (folder / "run.json").touch()
    return folder


def test_the_newest_folder_with_the_same_questions_is_continued(tmp_path: Path):
    make_run(tmp_path, "20260102T000000Z_run_abcd")
    newest = make_run(tmp_path, "20260103T000000Z_run_abcd")
    make_run(tmp_path, "20260101T000000Z_run_abcd")

    assert newest == choose_folder(tmp_path, "run", "abcd", new=False)


def test_of_one_second_the_later_start_is_the_newer_run(tmp_path: Path):
    make_run(tmp_path, "20260102T000000Z-0002_run_abcd")
    newest = make_run(tmp_path, "20260102T000000Z-000a_run_abcd")
    make_run(tmp_path, "20260102T000000Z_run_abcd")

    assert newest == choose_folder(tmp_path, "run", "abcd", new=False)


def test_new_starts_another_run_even_within_one_second(tmp_path: Path):
    folders = []
    for _ in range(4):
        folder = choose_folder(tmp_path, "run", "abcd", new=True)
        folders.append(make_run(tmp_path, folder.name))

    assert 4 == len(set(folders))
    assert folders[-1] == choose_folder(tmp_path, "run", "abcd", new=False)


@pytest.mark.parametrize(
    "name", ["20260101T000000Z_a_b_abcd", "20260101T000000Z_b_abcd2", "b_abcd"]
)
def test_another_run_s_folder_is_not_taken_for_one_s_own(tmp_path: Path, name: str):
    other = make_run(tmp_path, name)

    assert other != choose_folder(tmp_path, "b", "abcd", new=False)


def test_answers_without_a_manifest_are_not_taken_for_answers_to_these_questions(tmp_path: Path):
    run_dir = start_run(tmp_path)
    with JournalWriter(run_dir.journal) as journal:
        journal.append(answer("a"))
    run_dir.manifest.unlink()

    with (
        pytest.raises(ResumeRefusedError, match=r"run\.json is gone(.|\n)*put the file back"),
        OpenRun(tmp_path, MANIFEST, TASKS),
    ):
        pass

    assert not run_dir.manifest.exists()


def test_a_folder_without_manifest_or_answers_is_a_new_run(tmp_path: Path):
    run_dir = start_run(tmp_path)
    run_dir.manifest.unlink()

    start_run(tmp_path)

    assert run_dir.manifest.is_file()


def test_a_refused_run_and_a_finished_one_let_go_of_the_lock(tmp_path: Path):
    start_run(tmp_path)
    with (
        pytest.raises(ResumeRefusedError),
        OpenRun(tmp_path, replace(MANIFEST, fingerprint={"prompt": "q"}), TASKS),
    ):
        pass

    start_run(tmp_path)


def test_only_one_may_write_a_run_folder_at_a_time(tmp_path: Path):
    with OpenRun(tmp_path, MANIFEST, TASKS), pytest.raises(RunLockedError, match="pid"):
        start_run(tmp_path)


def test_a_folder_that_cannot_be_synced_is_refused_before_anything_starts(tmp_path: Path):
    def refuse(change: Change) -> None:
        if change.kind is Kind.SYNC and "probe" in change.path.parent.name:
            raise OSError(errno.EROFS, "Read-only file system")

    with (
        watched_by(refuse),
        pytest.raises(StorageError, match=r"cannot write to the run folder(.|\n)*writable"),
    ):
        start_run(tmp_path)

    assert not (tmp_path / "run.json").exists()


def test_what_a_folder_lacks_is_noted_and_the_run_goes_on(tmp_path: Path):
    def refuse(change: Change) -> None:
        if change.kind is Kind.LINK:
            raise OSError(errno.EPERM, "Operation not permitted")

    with watched_by(refuse), OpenRun(tmp_path, MANIFEST, TASKS) as opened:
        pass

    assert (f"{tmp_path} lies on a file system without hard links",) == opened.notes


def test_a_run_that_another_took_over_keeps_the_other_s_manifest(tmp_path: Path):
    with OpenRun(tmp_path, MANIFEST, TASKS) as opened:
        before = opened.run_dir.manifest.read_bytes()
        opened.run_dir.lock.unlink()
        opened.run_dir.lock.write_text('{"host": "pod-7", "pid": 12, "nonce": "another"}')
        with pytest.raises(RunLockedError, match="pid 12 on pod-7"):
            opened.keep(replace(MANIFEST, name="mine"))

    assert before == opened.run_dir.manifest.read_bytes()


REFUSALS = {
    errno.ENOSPC: "free space",
    errno.EDQUOT: "within your quota",
    errno.EIO: "dmesg",
    errno.EROFS: "make the file system writable",
    errno.EACCES: "make it writable for you",
    errno.ESTALE: "mount the volume again",
    errno.EINVAL: "",
}
"""What a file system may say -> what ends it."""


def refusal(folder: Path, number: int) -> str:
    """What is offered to who starts a run where the first write is refused."""

    def refuse(change: Change) -> None:
        if change.kind is Kind.WRITE:
            raise OSError(number, os.strerror(number))

    with watched_by(refuse), pytest.raises(StorageError) as caught:
        start_run(folder)
    return str(caught.value.next_step)


@pytest.mark.parametrize("number", REFUSALS)
def test_a_new_run_that_is_refused_may_lie_elsewhere(tmp_path: Path, number: int):
    told = refusal(tmp_path, number)

    assert REFUSALS[number] in told
    assert told.endswith("choose another folder with --out, then run the same command again")
    assert ("free space" in told) == (number in {errno.ENOSPC, errno.EDQUOT})


@pytest.mark.parametrize("number", REFUSALS)
def test_a_run_that_goes_on_takes_its_answers_along(tmp_path: Path, number: int):
    """In another folder everything would be asked once more."""
    start_run(tmp_path)

    told = refusal(tmp_path, number)

    assert REFUSALS[number] in told
    assert "copy the run folder to another disk and name the copy" in told
    assert "choose another folder" not in told
