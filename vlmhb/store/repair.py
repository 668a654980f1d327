"""Setting damaged lines of a run's journals aside, so that what stood there is asked again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.store.journal import check_header, outcome_of
from vlmhb.store.journal_lines import BadLine, Line, header, lines_of, written
from vlmhb.store.journal_mark import mark_of
from vlmhb.store.lockfile import RunLock
from vlmhb.store.manifest import read_manifest, write_manifest
from vlmhb.store.run_dir import RunDir, way_out
from vlmhb.system.durable import replacing
from vlmhb.system.files import PARTIAL, storage_error


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a journal."""

    file: Path
    kept: int
    """Outcomes."""
    set_aside: tuple[int, ...] = ()
    """Numbers of the lines that were, counted from 1."""
    aside: Path | None = None
    """Where they are now; None when every line was good."""
    is_header_new: bool = False


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The lines of a journal."""

    good: tuple[int, ...]
    """Numbers of those that hold an outcome, each request's first."""
    bad: tuple[int, ...]
    has_header: bool

    @property
    def is_whole(self) -> bool:
        """Nothing has to be done."""
        return self.has_header and not self.bad


def repair(run_dir: RunDir) -> tuple[Repaired, ...]:
    """What was done to each journal of the run; nothing to those that are whole.

    Raises:
        JournalError: another version of vlmhb wrote it, or it cannot be read.
        RunLockedError: another process writes this run.
        StorageError: the file system refused; then the journal is as it was.
        UsageError: run.json cannot be read.
    """
    with RunLock(run_dir.lock):
        manifest = read_manifest(run_dir.manifest)
        found = tuple(
            _repair(path) for path in (run_dir.journal, run_dir.verdicts) if path.is_file()
        )
        if any(one.aside or one.is_header_new for one in found):
            is_end = manifest.journal is not None and manifest.journal.is_end
            mark = mark_of(run_dir.journal, is_end=is_end)
            write_manifest(run_dir.manifest, replace(manifest, journal=mark))
        return found


def _repair(path: Path) -> Repaired:
    try:
        lines = _sort(path)
        if lines.is_whole:
            return Repaired(path, len(lines.good))
        aside = _set_aside(path, frozenset(lines.bad)) if lines.bad else None
        # Whatever happens before this is done, the journal is as it was.
        good = frozenset(lines.good)
        with replacing(path, PARTIAL) as file:
            file.write(header())
            for line in _each(path):
                if isinstance(line, Line) and line.number in good:
                    file.write(written([line.text.decode("ascii").rstrip(" ")]))
    except OSError as error:
        instead = way_out(path.parent)
        raise storage_error(f"cannot repair {path}", error, instead=instead) from error
    return Repaired(path, len(lines.good), lines.bad, aside, not lines.has_header)


def _sort(path: Path) -> _Sorted:
    good: list[int] = []
    bad: list[int] = []
    known: set[str] = set()
    has_header = False
    for line in _each(path):
        if line.number == 1 and _is_header(path, line):
            has_header = True
            continue
        request_id = _request_id(line)
        if request_id is None or request_id in known:
            bad.append(line.number)
        else:
            known.add(request_id)
            good.append(line.number)
    return _Sorted(tuple(good), tuple(bad), has_header)


def _is_header(path: Path, line: Line | BadLine) -> bool:
    if isinstance(line, BadLine) or _request_id(line) is not None:
        return False
    check_header(path, line.text)
    return True


def _request_id(line: Line | BadLine) -> str | None:
    """Of the outcome in a line; None when it holds none."""
    if isinstance(line, BadLine):
        return None
    try:
        return outcome_of(line.text).request_id
    except ValueError:
        return None


def _set_aside(path: Path, numbers: frozenset[int]) -> Path:
    places = (path.with_name(f"{path.name}.damaged-{n}") for n in range(1, 1 << 20))
    aside = next(place for place in places if not place.exists())
    with replacing(aside, PARTIAL) as file:
        for line in _each(path):
            if line.number in numbers:
                file.write(line.content)
    return aside


def _each(path: Path) -> Iterator[Line | BadLine]:
    with path.open("rb") as file:
        yield from lines_of(file)
