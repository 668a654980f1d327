"""Appending to a journal: durably, and with patience for a disk that is full."""

import errno
import math
import os
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from vlmhb.domain.answer import Outcome
from vlmhb.errors import RunLockedError, StorageError
from vlmhb.store.journal_lines import header, written
from vlmhb.store.records import OUTCOME, encode
from vlmhb.store.run_dir import way_out
from vlmhb.system.clock import monotonic_s
from vlmhb.system.durable import DurableFile, sync_folder
from vlmhb.system.files import storage_error

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_LOOK_UP_S = 0.2


@dataclass(frozen=True, slots=True)
class Patience:
    """What to do about a full disk: wait, since models are loaded and go on answering."""

    retry_s: float = 30.0
    longest_s: float = 600.0
    most_bytes: int = 256 << 20
    """So much may wait in memory."""


def _not_stopped() -> bool:
    return False


def _say_nothing(_line: str) -> None:
    pass


def _nobody_else_writes() -> None:
    pass


class JournalWriter:
    """Appends outcomes; a thread of its own makes them durable, as many per sync as are waiting.

    Use as a context manager: leaving it waits until everything appended is on disk. While the disk
    is full, outcomes wait. `is_stopped` says that nobody wants to wait any longer; `on_news` hears
    of it, in the thread that calls the writer. `confirm` raises a RunLockedError when the file is
    another's by now; it is asked in front of each change.
    """

    def __init__(
        self,
        path: Path,
        patience: Patience = Patience(),
        is_stopped: Callable[[], bool] = _not_stopped,
        on_news: Callable[[str], None] = _say_nothing,
        confirm: Callable[[], None] = _nobody_else_writes,
    ) -> None:
        self._path = path
        self._patience = patience
        self._is_stopped = is_stopped
        self._on_news = on_news
        self._confirm = confirm
        self._news: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._bytes = _Count()
        self._nothing = threading.Event()
        """Never comes."""
        self._failure: StorageError | RunLockedError | None = None
        self._dropped = 0
        """Outcomes that nobody waited for until there was room."""
        self._open: tuple[DurableFile, threading.Thread] | None = None
        self._length = 0
        """So much is on the disk."""

    def __enter__(self) -> "JournalWriter":
        try:
            file = DurableFile.appending(self._path)
        except OSError as error:
            raise self._cannot_open(error) from error
        try:
            self._begin(file)
        except OSError as error:
            file.close()
            raise self._cannot_open(error) from error
        thread = threading.Thread(target=self._write_all, args=(file,), name="journal", daemon=True)
        thread.start()
        self._open = file, thread
        return self

    def _cannot_open(self, error: OSError) -> StorageError:
        doing = f"cannot open the journal {self._path}"
        return storage_error(doing, error, instead=way_out(self._path.parent))

    def _begin(self, file: DurableFile) -> None:
        if file.size_bytes == 0:
            file.write(header())
        # What an earlier process wrote and did not sync was read, and counts as done.
        file.sync()
        sync_folder(self._path.parent)
        self._length = file.size_bytes

    def append(self, outcome: Outcome) -> None:
        """Hand `outcome` to the writer thread.

        Raises:
            StorageError: an earlier outcome could not be written; nothing after it was.
            RunLockedError: the same, as the file is another's by now.
        """
        self.tell()
        self._raise_failure()
        text = encode(OUTCOME, outcome)
        self._bytes.add(len(text))
        self._waiting.put(text)

    def tell(self) -> None:
        """Pass on what is new about the disk."""
        while not self._news.empty():
            self._on_news(self._news.get())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._open is not None:
            file, thread = self._open
            self._waiting.put(None)
            try:
                while thread.is_alive():
                    thread.join(_LOOK_UP_S)
                    self.tell()
            finally:  # a signal may come meanwhile, and ends the waiting
                thread.join()
                file.close()
        if self._dropped:
            self._on_news(
                f"WARNING: the disk is full: {self._dropped} answers could not be written, and "
                "are asked for once more"
            )
        if error is None:
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _write_all(self, file: DurableFile) -> None:
        closing = False
        while not closing:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            closing = None in batch
            texts = [text for text in batch if text is not None]
            if texts and self._failure is None:
                try:
                    self._commit(file, texts)
                except OSError as error:
                    self._fail(file, error, texts)
                except RunLockedError as error:
                    self._failure = error
                except MemoryError:
                    # Nothing else would tell of it: this is a thread of its own.
                    self._failure = self._refused(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))
                self._bytes.add(-sum(map(len, texts)))

    def _fail(self, file: DurableFile, error: OSError, texts: Sequence[str]) -> None:
        gives_in = error.errno in FULL and self._is_stopped()
        if gives_in and file.size_bytes == self._length:  # else nothing may follow
            self._dropped += len(texts)
        else:
            self._failure = self._refused(error)

    def _commit(self, file: DurableFile, texts: Sequence[str]) -> None:
        """Return when they are on the disk.

        A failed sync is never just tried again: the kernel may call pages clean that never reached
        the disk. On a full disk everything since the last good one is cut off and written anew;
        any other failure is the end, and the next start reads what did reach the disk.
        """
        content = written(texts)
        gives_up_at: float | None = None
        while True:
            self._confirm()
            try:
                file.write(content)
                file.sync()
            except OSError as error:
                self._confirm()  # what is behind our last line may be another's, and tell why
                if error.errno not in FULL:
                    raise
                file.truncate(self._length)
                if gives_up_at is None:
                    gives_up_at = monotonic_s() + self._patience.longest_s
                    self._news.put(self._waiting_text())
                if not self._wait(gives_up_at):
                    raise
            else:
                break
        self._length += len(content)
        if gives_up_at is not None:
            self._news.put("there is room on the disk again: every answer is written")

    def _wait(self, gives_up_at: float) -> bool:
        """Whether to try again, after a while."""
        until = min(monotonic_s() + self._patience.retry_s, gives_up_at)
        while (left := until - monotonic_s()) > 0:
            if self._is_stopped() or self._bytes.now > self._patience.most_bytes:
                return False
            self._nothing.wait(min(left, _LOOK_UP_S))
        return monotonic_s() < gives_up_at

    def _waiting_text(self) -> str:
        rules = self._patience
        return (
            f"WARNING: the disk is full, answers wait in memory: free at least {self._lacking_mb} "
            f"MB where {self._path.parent} lies; models stay loaded, and writing is tried every "
            f"{rules.retry_s:g} s for {rules.longest_s / 60:g} min"
        )

    @property
    def _lacking_mb(self) -> int:
        return max(math.ceil(self._bytes.now / 1e6), 1)

    def _refused(self, error: OSError) -> StorageError:
        doing = f"cannot write answers to {self._path}"
        if error.errno not in FULL:
            return storage_error(doing, error, instead=way_out(self._path.parent))
        return StorageError(
            doing,
            f"{error.strerror} (errno {error.errno}), and nobody freed any",
            next_step=f"free at least {self._lacking_mb} MB where it lies and give the same "
            "command again: what could not be written is asked for once more",
        )


class _Count:
    """A number that two threads change."""

    def __init__(self) -> None:
        self.now = 0
        self._turn = threading.Lock()

    def add(self, number: int) -> None:
        """Change it."""
        with self._turn:
            self.now += number
