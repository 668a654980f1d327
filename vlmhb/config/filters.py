"""Filters as the command line writes them: `KEY=VALUE,VALUE`, values quoted as in CSV."""

import csv
import io
from collections.abc import Iterable, Sequence

from vlmhb.errors import UsageError


def read_filters(written: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Key -> values; a key that is written twice takes the values of both.

    Raises:
        UsageError: one is no `KEY=VALUE`.
    """
    filters: dict[str, tuple[str, ...]] = {}
    for text in written:
        key, separator, listed = text.partition("=")
        try:
            rows = list(csv.reader([listed], strict=True, skipinitialspace=True))
        except csv.Error as error:
            raise _wrong(text) from error
        if not (separator and key.strip()) or "\n" in text or len(rows) > 1:
            raise _wrong(text)
        values = tuple(value.strip() for row in rows for value in row) or ("",)
        filters[key.strip()] = tuple(dict.fromkeys((*filters.get(key.strip(), ()), *values)))
    return filters


def as_filter(key: str, values: Sequence[str]) -> str:
    """What `read_filters` reads as that."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return f"{key}={line.getvalue()}"


def _wrong(text: str) -> UsageError:
    return UsageError(
        "cannot read --filter",
        repr(text),
        expected="KEY=VALUE,VALUE, with quotes around a value that holds a comma or a quote: "
        """--filter 'question_type=Total,"Name, first"'""",
    )
