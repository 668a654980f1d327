"""Tables that other tools wrote: CSV, TSV, JSON, JSONL and workbooks, every cell as text.

Datasets' TSV files have a reader of their own, `vlmhb.datasets.tsv`, for two reasons. It has to
say at which byte an image lies and must not hold gigabytes of them, for which it goes through every
quoted cell by itself, some nine times slower than the csv module does here. And it takes stray
quotes as pandas does, for which such tables are made; in a file of answers one may swallow the rows
below it, so here it is refused.
"""

import codecs
import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from vlmhb.datasets.long_cells import long_cells
from vlmhb.domain.quoted import quoted
from vlmhb.domain.repeated import repeated
from vlmhb.errors import UsageError

MOST_XML_BYTES = 4 << 30
"""Of a workbook unpacked; the largest of a benchmark has a thousandth of it."""

_TOO_MUCH = "a number of thousands of digits, or lists within lists without end"
_DELIMITERS = ";,\t"
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f])_")
"""As writers of workbooks spell control characters, which XML cannot hold."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by the names of the columns."""

    place: str
    """For the user: `line 3`."""
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table read to its end."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


class TableProblem(Exception):  # noqa: N818 - it becomes a UsageError
    """Why a file is no table; the text says it for the user."""


def read_table(file: Path) -> Table:
    """The table in `file`, by the end of its name: .csv, .tsv, .json, .jsonl or .xlsx.

    Formulas are read as what is written in the cell and never computed: of an answer that begins
    with `=` other tools make one.

    Raises:
        UsageError: it cannot be read, or is no table.
    """
    reader = _READERS.get(file.suffix.lower())
    next_step = "correct the file, or name another one"
    try:
        if reader is None:
            raise TableProblem(f"its name ends in {file.suffix!r}")  # noqa: TRY301 - told as one
        return reader(file)
    except OSError as error:
        problem = error.strerror or type(error).__name__
        next_step = "name a file that can be read"
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        utf_16 = error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        problem = "UTF-16, not UTF-8" if utf_16 else f"not UTF-8, first in line {line}"
        next_step = "save it as UTF-8: spreadsheets call that `CSV UTF-8`"
    except TableProblem as error:
        problem = str(error)
    raise UsageError(
        f"cannot read {file}",
        problem,
        expected=f"a table with a row of column names; a name that ends in {', '.join(_READERS)}",
        next_step=next_step,
    )


def _csv(file: Path) -> Table:
    text = _text(file)
    first = text[: max(text.find("\n"), 0)] or text
    counts = {mark: first.count(mark) for mark in _DELIMITERS}
    return _separated(text, max(counts, key=lambda mark: counts[mark]))


def _tsv(file: Path) -> Table:
    return _separated(_text(file), "\t")


def _text(file: Path) -> str:
    """With the line ends that are in it."""
    return file.read_bytes().decode("utf-8-sig")


def _separated(text: str, delimiter: str) -> Table:
    with long_cells():
        rows = _numbered(text, delimiter)
        columns = next((tuple(cells) for _, cells in rows), ())
        return _table(columns, rows)


def _numbered(text: str, delimiter: str) -> Iterator[tuple[str, list[str]]]:
    """(place, cells) of each row that has any; strict, as a stray quote would swallow rows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield f"line {line}", cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableProblem(
            f"the row that starts in line {line}: {error} "
            "(a cell that begins with a quote ends with one, and has those within it doubled)"
        ) from error


def _xlsx(file: Path) -> Table:
    import openpyxl  # noqa: PLC0415 - slow to import, and only workbooks need it

    try:
        with zipfile.ZipFile(file) as packed:
            if sum(info.file_size for info in packed.infolist()) > MOST_XML_BYTES:
                raise TableProblem(f"it unpacks to more than {MOST_XML_BYTES} bytes")
        with closing(openpyxl.load_workbook(file, read_only=True)) as book:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its size may be wrong
            rows = sheet.iter_rows(values_only=True)
            columns = tuple(_cell(value) for value in next(rows, ()))
            named = len(columns) - _n_empty_at_end(columns)
            numbered = ((f"row {number}", row) for number, row in enumerate(rows, start=2))
            return _table(
                columns[:named],
                (
                    (place, [_cell(value) for value in row[:named]])
                    for place, row in numbered
                    if any(value is not None for value in row)
                ),
                may_be_short=True,
            )
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, TypeError, SyntaxError) as error:
        # Not XML is a SyntaxError; the others are what openpyxl raises over parts that lack.
        raise TableProblem(f"it is no workbook: {error}") from error


def _n_empty_at_end(columns: Sequence[str]) -> int:
    return len(columns) - max((place for place, name in enumerate(columns, 1) if name), default=0)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
        case bool():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case date() | time():
            return value.isoformat()
        case _:
            # A formula over several cells holds its text.
            return str(getattr(value, "text", value))


def _json(file: Path) -> Table:
    told = _parsed(_text(file), "")
    if not isinstance(told, list):
        raise TableProblem("its JSON is no list of objects")
    return _objects((f"entry {number}", one) for number, one in enumerate(told, start=1))


def _jsonl(file: Path) -> Table:
    lines = enumerate(_text(file).split("\n"), start=1)
    return _objects(
        (f"line {number}", _parsed(line, f"line {number}: "))
        for number, line in lines
        if line.strip()
    )


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise TableProblem(f"{place}no JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        # What Python says of numbers of thousands of digits is advice to programmers.
        raise TableProblem(f"{place}no JSON that can be read: {_TOO_MUCH}") from error


def _objects(entries: Iterable[tuple[str, Any]]) -> Table:
    rows = []
    columns: dict[str, None] = {}
    for place, entry in entries:
        if not isinstance(entry, dict):
            raise TableProblem(f"{place}: no object")
        cells = {str(key): _json_cell(value) for key, value in entry.items()}
        columns |= dict.fromkeys(cells)
        rows.append(Row(place, cells))
    return Table(tuple(columns), tuple(rows))


def _json_cell(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None or value != value else _cell(value)  # noqa: PLR0124 - NaN


def _table(
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, Sequence[str]]],
    *,
    may_be_short: bool = False,
) -> Table:
    if not columns:
        raise TableProblem("it is empty")
    if twice := sorted(repeated(columns)):
        raise TableProblem(f"column {quoted(twice[0])} is named twice")
    made = []
    for place, cells in rows:
        if len(cells) > len(columns) or (len(cells) < len(columns) and not may_be_short):
            raise TableProblem(
                f"{place}: {len(cells)} cells, expected {len(columns)} "
                "(a cell with a line break or the separator in it has to be in quotes)"
            )
        filled = (*cells, *[""] * (len(columns) - len(cells)))
        made.append(Row(place, dict(zip(columns, filled, strict=True))))
    return Table(columns, tuple(made))


_READERS: Mapping[str, Callable[[Path], Table]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".xlsx": _xlsx,
}
