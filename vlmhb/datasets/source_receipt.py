"""What was fetched and checked already, noted so that no file is read twice to know it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.task import SourceFile
from vlmhb.system.files import write_atomic
from vlmhb.system.public_address import public_address

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One source that is there."""

    files: tuple[tuple[str, int, int], ...]
    """(path below the root, size in bytes, time of the last change in ns): the file itself, or
    what was unpacked from it."""
    commit: str = ""
    """What the revision meant when it was fetched; empty for a file that is not from the hub."""


class Receipt:
    """The sources that were found whole in one folder."""

    def __init__(self, receipts: Path, root: Path) -> None:
        self._root = root
        self._file = receipts / f"{sha256_of(str(root))[:32]}.json"
        self._entries = dict(_read(self._file))

    def holds(self, source: SourceFile) -> bool:
        """Whether it was whole, and nothing of it has changed since."""
        entry = self._entries.get(_key(source))
        if entry is None:
            return False
        try:
            return all(_state(self._root, noted[0]) == noted for noted in entry.files)
        except OSError:
            return False

    def commit_of(self, source: SourceFile) -> str:
        """The commit it was fetched from; empty when that is not known."""
        entry = self._entries.get(_key(source))
        return entry.commit if entry else ""

    def note(self, source: SourceFile, paths: Iterable[str], commit: str = "") -> None:
        """Remember that the files of `source` are as they should be now.

        Raises:
            StorageError: the note cannot be written.
            OSError: the same, or one of the files is gone.
        """
        states = tuple(_state(self._root, path) for path in paths)
        self._entries[_key(source)] = Entry(states, commit)
        entries: dict[str, Json] = {
            key: {"files": [list(one) for one in entry.files], "commit": entry.commit}
            for key, entry in sorted(self._entries.items())
        }
        told: Json = {"version": _VERSION, "root": str(self._root), "sources": entries}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._file, json.dumps(told, indent=1).encode("ascii"), durable=False)


def _key(source: SourceFile) -> str:
    """Names what the task says of it; a task that says something else is looked up anew."""
    said: Json = [public_address(source.url), source.path, source.sha256, source.md5, source.unpack]
    return sha256_of(said)[:32]


def _state(root: Path, path: str) -> tuple[str, int, int]:
    found = (root / path).stat()
    return path, found.st_size, found.st_mtime_ns


def _read(file: Path) -> Mapping[str, Entry]:
    """What is noted; nothing where the note is gone, damaged or of another version."""
    try:
        told: Any = json.loads(file.read_bytes())
        if told["version"] != _VERSION:
            return {}
        return {
            str(key): Entry(
                tuple((str(path), int(size), int(changed)) for path, size, changed in one["files"]),
                str(one["commit"]),
            )
            for key, one in told["sources"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
