"""CSV files whose cells are documents: Python's reader gives up at 128 KiB."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_CELL_CHARS = 1 << 26


@contextmanager
def long_cells() -> Iterator[None]:
    """While it lasts, a cell may have up to `LONGEST_CELL_CHARS`, in the whole process."""
    before = csv.field_size_limit(LONGEST_CELL_CHARS)
    try:
        yield
    finally:
        csv.field_size_limit(before)
