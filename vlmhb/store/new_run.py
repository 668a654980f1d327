"""A run folder written at once: it is whole, or it is not there."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vlmhb.errors import RunLockedError, UsageError
from vlmhb.store.decisions import write_decisions
from vlmhb.store.inputs import write_inputs
from vlmhb.store.journal_mark import mark_of
from vlmhb.store.journal_writer import JournalWriter
from vlmhb.store.manifest import write_manifest
from vlmhb.store.recorded import RecordedRun
from vlmhb.store.run_dir import RunDir
from vlmhb.store.scoring import write_scoring
from vlmhb.store.telemetry import write_telemetry
from vlmhb.system.durable import sync_folder
from vlmhb.system.files import OTHER_OUT, PARTIAL, storage_error


def write_new_run(
    folder: Path,
    recorded: RecordedRun,
    pictures: Mapping[str, Path],
    complete: Callable[[RunDir], object],
) -> RunDir:
    """The folder with everything that was `recorded`, which was not there before.

    `pictures` are small copies of pages, by sha256. `complete` is handed the folder while it still
    has another name, and may add to it.

    Raises:
        UsageError: there is something in `folder`.
        RunLockedError: another process is about to write it.
        StorageError: the file system refused; nothing is left behind.
    """
    check_new(folder)
    place = Path(os.path.realpath(folder))
    with _staged(place) as staged:
        _write(staged, recorded)
        _copy(pictures, staged)
        complete(staged)
        check_new(folder)  # all of that takes a while
        _publish(staged.path, place)
    return RunDir(folder)


def check_new(folder: Path) -> None:
    """Do nothing when `folder` is not there, or is empty.

    Raises:
        UsageError: it is something else.
        StorageError: the file system does not let anybody look.
    """
    doing = f"cannot write a run into {folder}"
    try:
        got = _what_is_there(folder)
    except OSError as error:
        raise storage_error(doing, error, instead=OTHER_OUT) from error
    if got:
        raise UsageError(
            doing,
            got,
            expected="a folder that is empty or not there",
            next_step="name another one with --out",
        )


def _what_is_there(folder: Path) -> str:
    """What keeps a run from being written there; empty for nothing."""
    if RunDir(folder).manifest.exists():
        return "it holds a run"
    if folder.is_dir():
        return "there are files in it" if any(folder.iterdir()) else ""
    return "it is no folder" if os.path.lexists(folder) else ""


@contextmanager
def _staged(folder: Path) -> Iterator[RunDir]:
    """A folder beside the one that is wanted, empty at first and gone afterwards."""
    path = folder.parent / f".{folder.name}{PARTIAL}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise storage_error(f"cannot make {path}", error, instead=OTHER_OUT) from error
    try:
        _hold(fd, path, folder)
        _clear(path)  # of a process that was killed
        try:
            yield RunDir(path)
        finally:
            if _is_at(fd, path):
                shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(fd)


def _hold(fd: int, path: Path, folder: Path) -> None:
    """Be the one who fills `path`, open as `fd`, on its way to `folder`."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = _is_at(fd, path)  # else it was named `folder`, or taken away, meanwhile
    except BlockingIOError:
        is_ours = False
    except OSError as error:
        raise storage_error(
            f"cannot lock the place of {folder}", error, instead=OTHER_OUT
        ) from error
    if not is_ours:
        raise RunLockedError(
            f"cannot write a run into {folder}",
            "another vlmhb is about to",
            next_step="wait for it, stop it, or name another folder with --out",
        )


def _is_at(fd: int, path: Path) -> bool:
    """Whether the folder that is open as `fd` is still called `path`."""
    return path.exists() and os.path.samestat(path.stat(), os.fstat(fd))


def _clear(folder: Path) -> None:
    try:
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    except OSError as error:
        raise storage_error(f"cannot clear {folder}", error, instead=OTHER_OUT) from error


def _write(run_dir: RunDir, recorded: RecordedRun) -> None:
    for folder in (run_dir.logs, run_dir.pages):
        try:
            folder.mkdir()
        except OSError as error:
            raise storage_error(f"cannot make {folder}", error, instead=OTHER_OUT) from error
    write_inputs(run_dir.inputs, recorded.tasks)
    write_scoring(run_dir.scoring, recorded.scoring)
    if recorded.decisions:
        write_decisions(run_dir.decisions, recorded.decisions)
    if recorded.telemetry:
        write_telemetry(run_dir.telemetry, recorded.telemetry)
    journals = {run_dir.journal: recorded.outcomes}
    journals |= {run_dir.verdicts: recorded.verdicts} if recorded.verdicts else {}
    for path, outcomes in journals.items():
        with JournalWriter(path) as journal:
            for outcome in outcomes.values():
                journal.append(outcome)
    mark = mark_of(run_dir.journal, is_end=True)
    write_manifest(run_dir.manifest, replace(recorded.manifest, journal=mark))


def _copy(pictures: Mapping[str, Path], run_dir: RunDir) -> None:
    for sha256, picture in pictures.items():
        try:
            shutil.copyfile(picture, run_dir.thumbnail(sha256))
        except OSError as error:
            raise storage_error(f"cannot copy {picture}", error, instead=OTHER_OUT) from error


def _publish(staged: Path, folder: Path) -> None:
    try:
        staged.replace(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise storage_error(
            f"cannot name the run folder {folder}", error, instead=OTHER_OUT
        ) from error
