"""Whether a journal is the one that the run left behind."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from vlmhb.errors import JournalError
from vlmhb.store.journal import walk_file
from vlmhb.store.journal_lines import Line
from vlmhb.store.manifest import JournalMark

_NO_BYTES = hashlib.sha256().hexdigest()


def mark_of(path: Path, *, is_end: bool = False) -> JournalMark:
    """The mark of all whole lines of the journal at `path`; of nothing where it cannot be read."""
    try:
        found = _walk(path, 0)
    except JournalError:
        found = _Found()
    return JournalMark(found.size_bytes, found.sha256, is_end)


def what_changed(path: Path, mark: JournalMark | None) -> str:
    """What somebody else did to the journal since it was marked; empty for nothing.

    Lines that the run itself added after a mark that is not its end are no change.
    """
    if mark is None:
        return ""
    try:
        found = _walk(path, mark.size_bytes)
    except JournalError:
        return ""  # whoever reads it says so
    if found.size_bytes < mark.size_bytes:
        what = f"{mark.size_bytes - found.size_bytes} bytes of it are gone or damaged"
    elif found.sha256_there != mark.sha256:
        what = f"its first {mark.size_bytes} bytes are others"
    elif mark.is_end and found.size_bytes > mark.size_bytes:
        what = f"{found.size_bytes - mark.size_bytes} bytes were added"
    else:
        return ""
    return f"{path.name} was modified since the run wrote it: {what}"


@dataclass(slots=True)
class _Found:
    """All whole lines of a journal."""

    size_bytes: int = 0
    sha256: str = _NO_BYTES
    sha256_there: str = ""
    """Over the lines up to the place that was asked for; empty when no line ends there."""


def _walk(path: Path, place: int) -> _Found:
    digest = hashlib.sha256()
    found = _Found(sha256_there=_NO_BYTES if place == 0 else "")

    def see(line: Line) -> None:
        digest.update(line.content)
        found.size_bytes += line.size_bytes
        if found.size_bytes == place:
            found.sha256_there = digest.hexdigest()

    walk_file(path, see)
    found.sha256 = digest.hexdigest()
    return found
