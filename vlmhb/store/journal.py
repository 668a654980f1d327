"""answers.jsonl: append-only, one outcome a line, each line with its own checksum.

A line is `crc32 SP json LF`, the checksum as 8 hex digits over the JSON's bytes, the JSON in ASCII.
The first line is a header. Bytes after the last whole line are a torn tail, left by a crash: they
are cut off and kept aside. A bad line with good lines after it is damage, and stops everything.
"""

import json
import os
import queue
import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from vlmhb.domain.answer import Outcome
from vlmhb.domain.digest import canonical_json
from vlmhb.errors import JournalError
from vlmhb.store.records import OUTCOME, decode, encode
from vlmhb.system.files import storage_error, sync_folder

HEADER: Final[dict[str, str | int]] = {"format": "vlmhb-journal", "version": 1}
CRC_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal says."""

    outcomes: Mapping[str, Outcome]
    """By request id, in the order they were written."""
    valid_bytes: int
    """Length of the longest valid prefix."""
    torn: bytes
    """What follows it."""


def read_journal(path: Path) -> Journal:
    """The outcomes in `path`; an absent or empty file is an empty journal.

    Raises:
        JournalError: it cannot be read, a line before the last is damaged, or one request has two
            outcomes.
    """
    content = _content(path)
    outcomes: dict[str, Outcome] = {}
    position, line_number = 0, 0
    while (end := content.find(b"\n", position)) >= 0:
        line_number += 1
        record = _parse(content[position:end])
        if record is None:
            break
        if line_number > 1:
            _add(outcomes, record, path, line_number)
        elif record != HEADER:
            raise _wrong_header(path, record)
        position = end + 1
    torn = content[position:]
    if any(_parse(line) is not None for line in torn.split(b"\n")[1:]):
        raise _damaged(path, line_number, "its checksum does not match its text")
    return Journal(outcomes, position, torn)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise JournalError(
            f"cannot read the journal {path}",
            error.strerror or str(error),
            expected="the file in which `vlmhb run` keeps its answers",
            next_step="put it back, or start another run with --new or another --out",
        ) from error


def _parse(line: bytes) -> Any | None:
    """The record in a line, or None when the line is not whole."""
    checksum, separator, text = line[:CRC_DIGITS], line[CRC_DIGITS : CRC_DIGITS + 1], line[9:]
    if separator != b" " or checksum != _checksum(text):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _checksum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)


def _add(outcomes: dict[str, Outcome], record: Any, path: Path, line_number: int) -> None:
    try:
        outcome = decode(OUTCOME, record)
    except ValueError as error:
        raise _damaged(path, line_number, str(error)) from error
    if outcome.request_id in outcomes:
        raise _damaged(path, line_number, f"request {outcome.request_id} has an outcome already")
    outcomes[outcome.request_id] = outcome


def _wrong_header(path: Path, record: Any) -> JournalError:
    if isinstance(record, dict) and record.get("format") == HEADER["format"]:
        return JournalError(
            f"cannot read the journal {path}",
            f"its version is {record.get('version')!r}",
            expected=f"version {HEADER['version']}",
            next_step="use the vlmhb version that wrote it, or start another run with --new",
        )
    return JournalError(
        f"cannot read the journal {path}",
        "its header is gone: line 1 is something else",
        next_step=f"copy the file, put this line before its first one, and run the same command "
        f"again:\n{_header()}",
    )


def _header() -> str:
    return _line(canonical_json(HEADER)).decode("ascii").rstrip("\n")


def _damaged(path: Path, line_number: int, why: str) -> JournalError:
    if line_number == 1:
        return JournalError(
            f"cannot read the journal {path}",
            f"line 1, its header, is damaged: {why}",
            next_step="copy the file, replace line 1 by the next line, and run the same command "
            f"again; no answer is lost:\n{_header()}",
        )
    return JournalError(
        f"cannot read the journal {path}",
        f"line {line_number} is damaged: {why}",
        next_step=f"copy the file, delete line {line_number}, and run the same command again: "
        "only the answer in that line is asked for once more",
    )


def recover(path: Path) -> Journal:
    """The journal at `path` with its torn tail, if any, moved to a file beside it."""
    journal = read_journal(path)
    if journal.torn:
        try:
            aside = path.with_name(f"{path.name}.torn-at-{journal.valid_bytes}")
            aside.write_bytes(journal.torn)
            with path.open("r+b") as file:
                file.truncate(journal.valid_bytes)
                os.fsync(file.fileno())
        except OSError as error:
            raise storage_error(f"cannot repair the end of {path}", error) from error
    return journal


class JournalWriter:
    """Appends outcomes; a thread of its own makes them durable, as many per sync as are waiting.

    Use as a context manager: leaving it waits until everything appended is on disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._failure: OSError | None = None
        self._thread = threading.Thread(target=self._write_all, name="journal", daemon=True)
        self._fd = -1

    def __enter__(self) -> "JournalWriter":
        try:
            is_new = not self._path.exists() or self._path.stat().st_size == 0
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._fd = os.open(self._path, flags, 0o644)
            if is_new:
                self._commit([_line(canonical_json(HEADER))])
                sync_folder(self._path.parent)
        except OSError as error:
            raise storage_error(f"cannot open the journal {self._path}", error) from error
        self._thread.start()
        return self

    def append(self, outcome: Outcome) -> None:
        """Hand `outcome` to the writer thread.

        Raises:
            StorageError: an earlier outcome could not be written; nothing after it was.
        """
        self._raise_failure()
        self._waiting.put(_line(encode(OUTCOME, outcome)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._waiting.put(None)
        self._thread.join()
        os.close(self._fd)
        if error is None:
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise storage_error(f"cannot write answers to {self._path}", self._failure)

    def _write_all(self) -> None:
        closing = False
        while not closing:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            closing = None in batch
            lines = [line for line in batch if line is not None]
            if lines and self._failure is None:
                try:
                    self._commit(lines)
                except OSError as error:
                    # Never tried again: after a failed sync the kernel may call pages clean that
                    # never reached the disk. The next start reads what did.
                    self._failure = error

    def _commit(self, lines: Sequence[bytes]) -> None:
        left = memoryview(b"".join(lines))
        while left:
            left = left[os.write(self._fd, left) :]
        os.fdatasync(self._fd)


def _line(text: str) -> bytes:
    encoded = text.encode("ascii")
    return _checksum(encoded) + b" " + encoded + b"\n"
