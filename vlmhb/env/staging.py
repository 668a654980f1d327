"""Staging: where an env grows until it is whole, and how one builder keeps others waiting."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

from vlmhb.env.caller import Caller
from vlmhb.system.file_lock import try_lock
from vlmhb.system.owner import is_dead, own_name

_STAGING = ".staging-"
_DISCARDED = ".discarded-"

_LOOK_UP_S = 0.02
"""How often one who waits looks whether the other is done."""

_QUIET_LOOKS = 10
"""Before that a wait is not worth a word: a builder killed while it started a program lets go as
soon as that program runs."""


@contextmanager
def staging_folder(root: Path) -> Iterator[Path]:
    """A new folder beside the envs; what is left of it at the end is deleted."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_STAGING}{own_name()}-", dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> None:
    """Delete what builders left behind that were killed."""
    for folder in root.glob(f"{_STAGING}*"):
        owner, _, _ = folder.name.removeprefix(_STAGING).rpartition("-")
        if is_dead(owner):
            discard(folder)
    for folder in root.glob(f"{_DISCARDED}*"):
        shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path) -> None:
    """Take a folder out of sight at once, then delete it."""
    # One rename to a name nobody had: a folder made first could be swept away in between.
    discarded = folder.with_name(f"{_DISCARDED}{secrets.token_hex(8)}")
    with suppress(FileNotFoundError):
        folder.rename(discarded)
    shutil.rmtree(discarded, ignore_errors=True)


@contextmanager
def only_builder(lock: Path, name: str, caller: Caller) -> Iterator[Caller]:
    """Hold `lock`, which belongs to the env called `name`; wait while somebody else does.

    What the yielded caller is told, those who wait hear as well: it is written into the lock.

    It saves work and nothing more: on a file system without locks two builders may both build, and
    the rename decides.

    Raises:
        EnvError: the caller stopped wanting the env.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with lock.open("a+b", buffering=0) as file:
            looks = heard = 0
            while not try_lock(file):
                looks += 1
                if looks == _QUIET_LOOKS:
                    caller.tell(f'another process is building env "{name}"; waiting for it')
                if looks >= _QUIET_LOOKS:
                    heard = _pass_on(file, heard, caller)
                caller.cancelled.wait(_LOOK_UP_S)
                caller.check()
            if not _is_at(file, lock):
                continue
            file.truncate(0)
            yield Caller(partial(_tell_all, file, caller), caller.cancelled)
            return


def _tell_all(file: IO[bytes], caller: Caller, line: str) -> None:
    file.write(f"{line}\n".encode("utf-8", "backslashreplace"))
    caller.tell(line)


def _pass_on(file: IO[bytes], heard: int, caller: Caller) -> int:
    """Tell what the builder wrote after the first `heard` bytes; how many were heard now."""
    file.seek(heard)
    lines, newline, _unfinished = file.read().rpartition(b"\n")
    for line in lines.splitlines():
        caller.tell(line.decode("utf-8", "backslashreplace"))
    return heard + len(lines + newline)


@contextmanager
def no_builder(lock: Path) -> Iterator[bool]:
    """Whether nobody holds `lock`, or begins to as long as this lasts; the file is gone then."""
    with lock.open("ab") as file:
        is_mine = try_lock(file)
        try:
            yield is_mine
        finally:
            if is_mine and _is_at(file, lock):
                lock.unlink()


def _is_at(file: IO[bytes], path: Path) -> bool:
    """Whether the open file is the one called `path`, which may have been tidied away."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def can_hardlink(source: Path, target: Path) -> bool:
    """Whether a file of one folder can get a second name in the other, found out by doing it."""
    source.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=source, prefix=".vlmhb-link-") as file:
        second = target / f"{Path(file.name).name}-second"
        try:
            os.link(file.name, second)
        except OSError:
            return False
        second.unlink()
        return True
