"""LOCK: one process writes a run folder at a time.

The kernel's lock on the file decides where that can be trusted: on the disks of this machine. On
network and FUSE volumes it may be refused, or be given to two machines. There the file's text
decides, too: who holds it, where, and a sign of life that is renewed. A holder that is known to be
dead, or gives no sign of life while somebody watches, is followed by who comes next. It, or one it
followed, may still be there, with a write on its way that nothing can stop: whoever follows goes on
in copies of the journals, so that this write reaches a file that nobody reads any more.
"""

import contextlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlmhb.errors import RunLockedError, StorageError
from vlmhb.store.run_dir import RunDir, way_out
from vlmhb.system.clock import monotonic_s, utc_now
from vlmhb.system.file_lock import Taken, let_go, take_lock
from vlmhb.system.files import copy_durably, storage_error
from vlmhb.system.host import host_name
from vlmhb.system.mounts import mount_of, read_mounts
from vlmhb.system.owner import ProcessName, is_known_dead, this_process

_MOST_BYTES = 4096
_UNREAD = "unread"
"""Key of what the file says instead of who holds it."""


def locks_are_true(folder: Path) -> bool:
    """Whether a lock on a file in `folder` keeps everybody out who could write there."""
    try:
        mount = mount_of(folder.resolve(), read_mounts())
    except OSError:
        return False
    return mount is not None and not mount.is_remote


@dataclass(frozen=True, slots=True)
class LockRules:
    """How locks are taken, and for how long a silent holder counts as alive."""

    beat_s: float = 10.0
    """How often the holder gives a sign of life."""
    silent_s: float = 25.0
    """After so long without one it is gone."""
    settle_s: float = 1.0
    """How long two who come at once, where locks are not to be trusted, need to see each other."""
    take: Callable[[int], Taken] = take_lock
    are_true: Callable[[Path], bool] = locks_are_true
    sync: Callable[[int], None] = os.fsync
    """Other machines see a sign of life only once it has left this one's memory."""


class RunLock:
    """Held while a run folder is written; let go of however the process ends.

    The file stays behind: removing it would let two processes lock two files of one name.
    """

    def __init__(self, path: Path, rules: LockRules = LockRules()) -> None:
        self._path = path
        self._rules = rules
        self._fd = -1
        self._nonce = secrets.token_hex(8)
        self._since = utc_now()
        self._beats = 0
        self._is_exclusive = False
        """The kernel keeps everybody else out."""
        self._follows = False
        """Somebody who did not let go of it, and whom nothing but that text keeps out."""
        self._signed_s = monotonic_s()
        self._over = threading.Event()
        self._is_lost = threading.Event()
        self._thread = threading.Thread(target=self._live, name="lock", daemon=True)

    def __enter__(self) -> "RunLock":
        """Take it.

        Raises:
            RunLockedError: another process has it.
            StorageError: the file system refused.
        """
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._cannot("lock", self._path, error) from error
        try:
            self._take()
        except OSError as error:
            raise self._cannot("lock", self._path, error) from error
        finally:
            if not self._beats:
                os.close(self._fd)
        self._thread.start()
        if self._follows:
            try:
                self._leave_behind()
            except BaseException:
                self.__exit__()
                raise
        return self

    def _leave_behind(self) -> None:
        """Let what the one before still writes to the journals go to files without a name."""
        run_dir = RunDir(self._path.parent)
        for journal in (run_dir.journal, run_dir.verdicts):
            try:
                if journal.is_file():
                    copy_durably(journal, journal)
            except OSError as error:
                raise self._cannot("copy", journal, error) from error

    def _cannot(self, verb: str, path: Path, error: OSError) -> StorageError:
        return storage_error(f"cannot {verb} {path}", error, instead=way_out(path.parent))

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()
        if not self._is_lost.is_set():
            with contextlib.suppress(OSError):  # then the next one sees that this process is gone
                os.ftruncate(self._fd, 0)
        let_go(self._fd)
        os.close(self._fd)

    def check(self) -> None:
        """Do nothing while this process holds the lock.

        Raises:
            RunLockedError: another one took it, because this one was silent for too long.
        """
        if monotonic_s() - self._signed_s > self._rules.silent_s:
            self._look()  # before anything else is done, and not at the next sign of life
        if self._is_lost.is_set():
            raise self._refusal(self._read())

    def confirm(self) -> None:
        """`check`, by a look at the file: for what is about to change the run folder.

        Raises:
            RunLockedError: another process took it.
        """
        # NFS asks its server when a file is opened, and not when it is only looked at.
        if not (self._is_exclusive and self._is_in_place()):
            self._look()
        self.check()

    def _is_in_place(self) -> bool:
        """Whether the file that the kernel locked for this process is still called so."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._fd))
        except OSError:
            return False

    def _look(self) -> None:
        holder = self._read()
        # An empty one was let go of by somebody who had taken it.
        if not holder or holder.get("nonce", self._nonce) != self._nonce:
            self._is_lost.set()

    def _take(self) -> None:
        taken = self._rules.take(self._fd)
        is_true = self._rules.are_true(self._path.parent)
        if taken is Taken.BY_ANOTHER:
            raise self._refusal(self._read(), may_be_left=not is_true)
        if taken is Taken.YES and is_true:
            self._is_exclusive = True
            self._sign()
            return
        holder = self._read()
        if holder and not self._is_gone(holder):
            raise self._refusal(holder)
        self._follows = bool(holder)
        self._sign()
        self._over.wait(self._rules.settle_s)
        if self._read().get("nonce") != self._nonce:
            self._beats = 0
            raise self._refusal(self._read())

    def _is_gone(self, holder: dict[str, Any]) -> bool:
        """Whether the holder is dead, or stays silent while it is watched."""
        name = ProcessName.read(holder.get("process"))
        is_dead = is_known_dead(name) if name else None
        if is_dead is not None:
            return is_dead
        until = monotonic_s() + self._rules.silent_s
        while monotonic_s() < until:
            self._over.wait(min(self._rules.beat_s, self._rules.silent_s) / 10)
            if self._read() != holder:
                return False
        return True

    def _live(self) -> None:
        while not self._over.wait(self._rules.beat_s):
            self._look()
            if self._is_lost.is_set():
                return
            with contextlib.suppress(OSError):  # the folder's other files tell what is wrong
                self._sign()

    def _sign(self) -> None:
        told = {
            "host": host_name(),
            "pid": os.getpid(),
            "started_at": self._since,
            "process": this_process().told(),
            "nonce": self._nonce,
            "beats": self._beats,
        }
        text = json.dumps(told).encode("ascii")
        os.pwrite(self._fd, text, 0)
        os.ftruncate(self._fd, len(text))
        self._rules.sync(self._fd)
        self._beats += 1
        self._signed_s = monotonic_s()

    def _read(self) -> dict[str, Any]:
        """What the file says of its holder; empty when nobody has it."""
        try:
            with self._path.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except OSError as error:
            return {_UNREAD: str(error)}
        try:
            holder = json.loads(content)
        except ValueError:
            holder = None
        if isinstance(holder, dict):
            return holder
        # Half a sign, on a volume that shows it while it is written, is one of life all the same.
        return {_UNREAD: repr(content)} if content else {}

    def _refusal(self, holder: dict[str, Any], *, may_be_left: bool = False) -> RunLockedError:
        """`may_be_left` says that the kernel's lock may be that of a machine that is gone."""
        if not holder and self._is_lost.is_set():
            return RunLockedError(
                f"cannot write to {self._path.parent}",
                "another vlmhb took it over, when this one gave no sign of life, and is done",
                next_step="give the same command again: it goes on with what is there",
            )
        who = (
            f"pid {holder.get('pid')} on {holder.get('host')}, since {holder.get('started_at')}"
            if "pid" in holder
            else "it left no name"
        )
        name = ProcessName.read(holder.get("process"))
        hint = (
            f"; only if that machine is gone for good, delete {self._path}"
            if may_be_left and (name is None or is_known_dead(name) is not False)
            else ""
        )
        return RunLockedError(
            f"cannot write to {self._path.parent}",
            f"another vlmhb is writing it: {who}",
            next_step=f"wait for it, stop it, or choose another folder with --out{hint}",
        )
