"""VLMHyperBench's CSV files: `;` between cells, UTF-8 with or without BOM, names of columns first.

It reads them with pandas, which takes `NaN`, `NULL`, `None` and the like for an empty cell.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vlmhb.config.csv_places import places_of
from vlmhb.config.issues import did_you_mean
from vlmhb.config.prompt_collection import read_text
from vlmhb.datasets.vlmeval_table import ABSENT
from vlmhb.errors import ConfigError

MOST_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's columns may be called."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    """What they may be as well, without an effect."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """What a column was called at first -> its name."""

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *self.optional, *self.unused)


@dataclass(frozen=True, slots=True)
class Row:
    """A row; a cell of a column that is not there is empty."""

    shown: str
    """The file as the user should see it."""
    cells: Mapping[str, str]
    places: Mapping[str, str]
    """Column -> `line:column` of the cell in the file, both counted from 1."""
    start: str
    """The same for the row."""

    def issue(self, column: str, got: str, expected: str) -> str:
        """`file:line:column name: got, expected`."""
        place = self.places.get(column, self.start)
        return f"{self.shown}:{place} {column}: got {got}, expected {expected}"


def read_rows(path: Path, shown: str, columns: Columns) -> tuple[Row, ...]:
    """Every row of the file; there is one at least.

    Raises:
        ConfigError: naming every line that is no row.
    """
    issues: list[str] = []
    text = read_text(path, shown)
    if not text.strip():
        raise ConfigError((f"{shown}:1:1 got an empty file, expected names of columns and rows",))
    rows = tuple(_rows(text, shown, columns, issues))
    if not rows and not issues:
        issues.append(f"{shown}:1:1 got no rows, expected some below the names of the columns")
    if issues:
        raise ConfigError(tuple(issues))
    return rows


def _rows(text: str, shown: str, columns: Columns, issues: list[str]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    lines = text.split("\n")
    line = 1
    try:
        written = [name.strip() for name in next(reader, [])]
        names = [columns.renamed.get(name, name) for name in written]
        places = places_of(lines[: reader.line_num], line)
        if problems := list(_column_problems(names, columns, places)):
            issues.extend(f"{shown}:{problem}" for problem in problems)
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(map(str.strip, cells)):
                places = places_of(lines[line - 1 : reader.line_num], line)
                yield from _row(names, cells, shown, places, issues)
            line = reader.line_num + 1
    except csv.Error as error:
        issues.append(f"{shown}:{line}:1 got a row that cannot be read: {error}")


def _row(
    names: Sequence[str],
    cells: Sequence[str],
    shown: str,
    places: Sequence[str],
    issues: list[str],
) -> Iterator[Row]:
    if len(cells) > len(names):
        extra = places[len(names)]
        issues.append(f"{shown}:{extra} got {len(cells)} cells, expected {len(names)}")
    elif nul := [place for place, cell in zip(places, cells, strict=True) if "\0" in cell]:
        issues.append(f"{shown}:{nul[0]} got a NUL character, expected text")
    else:
        # pandas fills up a row that is too short.
        whole = (*cells, *[""] * (len(names) - len(cells)))
        pairs = zip(names, whole, strict=True)
        filled = {name: "" if _is_blank(cell) else cell for name, cell in pairs}
        yield Row(shown, filled, dict(zip(names, places, strict=False)), places[0])


def _is_blank(cell: str) -> bool:
    return cell in ABSENT or not cell.strip()


def _column_problems(
    names: Sequence[str], columns: Columns, places: Sequence[str]
) -> Iterator[str]:
    """Each with its place."""
    if len(names) <= 1 and "," in "".join(names):
        yield "1:1 got cells separated by ',', expected ';'"
        return
    if len(names) > MOST_COLUMNS:
        yield f"1:1 got {len(names):,} columns, expected at most {MOST_COLUMNS:,}"
        return
    for name in dict.fromkeys(names):
        place = places[names.index(name)]
        if name not in columns.known:
            free = [one for one in columns.known if one not in names]
            known = f"one of: {', '.join(columns.known)}"
            hint = did_you_mean(name, free)
            yield f"{place} got the column {name!r}, expected {known}{hint}"
        elif names.count(name) > 1:
            second = places[names.index(name, names.index(name) + 1)]
            yield f"{second} got the column {name!r} twice, expected it once"
    for name in columns.needed:
        if name not in names:
            yield f"1:1 got no column {name!r}, expected one"
