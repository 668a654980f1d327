"""VLMHyperBench's CSV files: `;` between cells, UTF-8 with or without BOM, names of columns first.

It reads them with pandas, which takes `NaN`, `NULL`, `None` and the like for an empty cell.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config.issues import did_you_mean
from vlmhb.config.prompt_collection import read_text
from vlmhb.datasets.vlmeval_table import ABSENT
from vlmhb.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's columns may be called."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *self.optional)


@dataclass(frozen=True, slots=True)
class Row:
    """A row; a cell of a column that is not there is empty."""

    shown: str
    """The file as the user should see it."""
    line: int
    cells: Mapping[str, str]

    def issue(self, column: str, got: str, expected: str) -> str:
        """`file:line column: got, expected`."""
        return f"{self.shown}:{self.line} {column}: got {got}, expected {expected}"


def read_rows(path: Path, shown: str, columns: Columns) -> tuple[Row, ...]:
    """Every row of the file; there is one at least.

    Raises:
        ConfigError: naming every line that is no row.
    """
    issues: list[str] = []
    rows = tuple(_rows(read_text(path, shown), shown, columns, issues))
    if not rows and not issues:
        issues.append(f"{shown}:1 got no rows, expected some below the names of the columns")
    if issues:
        raise ConfigError(tuple(issues))
    return rows


def _rows(text: str, shown: str, columns: Columns, issues: list[str]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    line = 1
    try:
        names = [name.strip() for name in next(reader, [])]
        if problems := list(_column_problems(names, columns)):
            issues.extend(f"{shown}:1 {problem}" for problem in problems)
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(map(str.strip, cells)):
                yield from _row(names, cells, Row(shown, line, {}), issues)
            line = reader.line_num + 1
    except csv.Error as error:
        issues.append(f"{shown}:{line} got a row that cannot be read: {error}")


def _row(
    names: Sequence[str], cells: Sequence[str], empty: Row, issues: list[str]
) -> Iterator[Row]:
    place = f"{empty.shown}:{empty.line}"
    if len(cells) > len(names):
        issues.append(f"{place} got {len(cells)} cells, expected {len(names)}")
    elif any("\0" in cell for cell in cells):
        issues.append(f"{place} got a NUL character, expected text")
    else:
        # pandas fills up a row that is too short.
        whole = (*cells, *[""] * (len(names) - len(cells)))
        pairs = zip(names, whole, strict=True)
        filled = {name: "" if cell in ABSENT else cell for name, cell in pairs}
        yield Row(empty.shown, empty.line, filled)


def _column_problems(names: Sequence[str], columns: Columns) -> Iterator[str]:
    if len(names) <= 1 and "," in "".join(names):
        yield "got cells separated by ',', expected ';'"
        return
    for name in dict.fromkeys(names):
        if name not in columns.known:
            free = [one for one in columns.known if one not in names]
            known = f"one of: {', '.join(columns.known)}"
            yield f"got the column {name!r}, expected {known}{did_you_mean(name, free)}"
        elif names.count(name) > 1:
            yield f"got the column {name!r} twice, expected it once"
    for name in columns.needed:
        if name not in names:
            yield f"got no column {name!r}, expected one"
