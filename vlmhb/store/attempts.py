"""attempts.jsonl: what went wrong with requests, kept for the next start of the run.

Its lines are those of a journal without a header, each on the disk before anything else is done.
There is no file as long as nothing goes wrong. What cannot be read of it, or cannot be written to a
full disk, costs a request at most another try, so it stops nothing.
"""

import json
from pathlib import Path

from pydantic import TypeAdapter

from vlmhb.domain.trouble import Trouble
from vlmhb.store.journal_lines import Line, lines_of, written
from vlmhb.store.journal_writer import FULL
from vlmhb.store.records import decode, encode
from vlmhb.store.run_dir import way_out
from vlmhb.system.durable import DurableFile, sync_folder
from vlmhb.system.files import storage_error

TROUBLE: TypeAdapter[Trouble] = TypeAdapter(Trouble)


def read_attempts(path: Path) -> tuple[Trouble, ...]:
    """What was kept, the oldest first; nothing where there is no file.

    Raises:
        StorageError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            texts = [line.text for line in lines_of(file) if isinstance(line, Line)]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise storage_error(f"cannot read {path}", error, instead=way_out(path.parent)) from error
    found = (_trouble(text) for text in texts)
    return tuple(trouble for trouble in found if trouble is not None)


def _trouble(text: bytes) -> Trouble | None:
    """None for a kind that only a later version knows."""
    try:
        return decode(TROUBLE, json.loads(text))
    except (ValueError, RecursionError):
        return None


class AttemptsWriter:
    """Appends to attempts.jsonl, which is there from the first line on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: DurableFile | None = None
        self._length = 0
        self._after_torn = b""

    def append(self, trouble: Trouble) -> None:
        """Return when it is on the disk, or when that is full.

        Raises:
            StorageError: the file system refused for another reason.
        """
        content = written([encode(TROUBLE, trouble)])
        try:
            self._write(content)
        except OSError as error:
            if error.errno not in FULL:
                doing, instead = f"cannot write to {self._path}", way_out(self._path.parent)
                raise storage_error(doing, error, instead=instead) from error

    def _write(self, content: bytes) -> None:
        if self._file is None:
            self._file = DurableFile.appending(self._path)
            self._length = self._file.size_bytes
            if self._length:
                self._after_torn = b"\n"  # the last line may have been
            else:
                sync_folder(self._path.parent)
        content = self._after_torn + content
        try:
            self._file.write(content)
            self._file.sync()
        except OSError:
            self._file.truncate(self._length)
            raise
        self._length += len(content)
        self._after_torn = b""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
