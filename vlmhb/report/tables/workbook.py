"""A workbook of plain tables, whose text is text and whose numbers are numbers."""

import contextlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from itertools import chain, islice
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from vlmhb.errors import StorageError
from vlmhb.report.numbers import finite
from vlmhb.report.text import CONTROL, UNENCODABLE, escape_sequence
from vlmhb.system.files import storage_error
from vlmhb.system.scratch import scratch_folder

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CELL_CHARS = 32_767
"""What a cell holds, in UTF-16 code units."""
SHEET_ROWS = 1_048_576
CHANGED = "changed to fit the format"
"""The last column of every sheet."""
# Row by row through a temporary file: a table of 50,000 samples takes no memory to speak of.
OPTIONS = {"constant_memory": True}
CREATED = datetime(2000, 1, 1, tzinfo=timezone.utc).replace(tzinfo=None)
"""Of every workbook: the real time would make two exports of one run differ."""
NARROWEST = 12
WIDE = 40

# `_x0041_` is an A to the format, but not to every reader of it.
_UNFIT = f"[{CONTROL}{UNENCODABLE}]|_(?=x[0-9A-Fa-f]{{4}}_)"
_ILLEGAL = re.compile(_UNFIT)
_TO_ESCAPE = re.compile(rf"{_UNFIT}|\\(?=x[0-9a-f]{{2}}|u[0-9a-f]{{4}}|U[0-9a-f]{{8}})")

Value = str | int | float | None


def cell_text(text: str, whole: str) -> tuple[str, str]:
    r"""(`text` as a cell can hold it, what was changed: ``, `escaped`, `cut`, or both).

    In escaped text, a backslash that would begin such an escape is `\x5c`, so that the text can be
    had back. `whole` is the file that a text which was cut is in.
    """
    kept, changes = text, []
    if _ILLEGAL.search(text):
        kept = _TO_ESCAPE.sub(lambda match: escape_sequence(match[0]), text)
        changes.append("escaped")
    # No text of half as many letters needs more units than there are.
    if len(kept) > CELL_CHARS // 2 and _utf16_length(kept) > CELL_CHARS:
        mark = f" […cut; the whole text is in {whole}]"
        kept = _cut(kept, CELL_CHARS - len(mark)) + mark
        changes.append("cut")
    return kept, ", ".join(changes)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore")


class Workbook:
    """Sheets of plain cells: a string is written as a string, whatever it looks like.

    Raises:
        StorageError: the file system refused a temporary file; so may every method.
    """

    def __init__(self, sheet_rows: int = SHEET_ROWS) -> None:
        self._sheet_rows = sheet_rows
        self._bytes = io.BytesIO()
        try:
            self._rows = scratch_folder("xlsx")
        except OSError as error:
            raise _no_room(error) from error
        self._book = xlsxwriter.Workbook(self._bytes, {**OPTIONS, "tmpdir": self._rows.name})
        self._book.use_zip64()
        self._book.set_properties({"created": CREATED})
        self._book.set_size(2400, 1400)
        top = {"valign": "top"}
        self._header = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        self._text = self._book.add_format(top)
        self._changed = self._book.add_format({**top, "bg_color": "#FFE8C7"})
        self._count = self._book.add_format({**top, "num_format": "0"})
        self._figure = self._book.add_format({**top, "num_format": "0.000"})

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *exception: object) -> None:
        # Too many open files keep a folder from being removed, too; that is not what went wrong.
        with contextlib.suppress(OSError):
            self._rows.cleanup()

    def add_sheet(
        self,
        title: str,
        header: Sequence[str],
        rows: Iterable[Sequence[Value]],
        whole: str,
        wide: frozenset[str] = frozenset(),
    ) -> None:
        """Append a table with a frozen, filterable header; `wide` are the columns of long text.

        Cells whose text had to be changed are shaded, and the last column says how; what had to be
        cut is in the file `whole`. Rows that a sheet has no room for go on in another one.
        """
        left = iter(rows)
        try:
            for number in _counted(title):
                self._add_part(number, header, islice(left, self._sheet_rows - 1), whole, wide)
                following = next(left, None)
                if following is None:
                    return
                left = chain([following], left)
        except OSError as error:
            raise _no_room(error) from error

    def _add_part(
        self,
        title: str,
        header: Sequence[str],
        rows: Iterable[Sequence[Value]],
        whole: str,
        wide: frozenset[str],
    ) -> None:
        sheet = self._book.add_worksheet(title)
        columns = [*header, CHANGED]
        for column, name in enumerate(columns):
            width = WIDE if name in wide else max(NARROWEST, len(name) + 3)
            sheet.set_column(column, column, min(width, WIDE))
            self._write(sheet, (0, column), name, whole, self._header)
        count = 0
        for count, row in enumerate(rows, start=1):
            changes = [
                (name, self._write(sheet, (count, column), value, whole, self._text))
                for column, (name, value) in enumerate(zip(header, row, strict=True))
            ]
            if told := ", ".join(f"{name} {change}" for name, change in changes if change):
                self._write(sheet, (count, len(header)), told, whole, self._text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, count), len(columns) - 1)

    def _write(
        self,
        sheet: "Worksheet",
        place: tuple[int, int],
        value: Value,
        whole: str,
        usual: "Format",
    ) -> str:
        """What was changed. An empty text is an empty cell, as is a number that does not exist."""
        if isinstance(value, str):
            text, change = cell_text(value, whole)
            if text:
                sheet.write_string(*place, text, self._changed if change else usual)
            return change
        if isinstance(value, int):
            sheet.write_number(*place, value, self._count)
        elif (number := finite(value)) is not None:
            sheet.write_number(*place, number, self._figure)
        return ""

    def finish(self) -> bytes:
        """The file's bytes."""
        try:
            self._book.close()
        except FileCreateError as error:
            raise _no_room(error.args[0]) from error
        return self._bytes.getvalue()


def _counted(title: str) -> Iterator[str]:
    """`samples`, `samples 2`, `samples 3`, ..."""
    yield title
    number = 2
    while True:
        yield f"{title} {number}"
        number += 1


def _no_room(error: OSError) -> StorageError:
    return storage_error(
        f"cannot make results.xlsx by way of {tempfile.gettempdir()}",
        error,
        instead="name another folder in TMPDIR",
    )
