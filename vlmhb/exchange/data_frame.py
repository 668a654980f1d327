"""Cells as a data frame types them: what VLMHyperBench's evaluator makes of a CSV it reads.

It reads annotation and answers with pandas, which makes numbers of a column that looks like
numbers and a missing value of an empty cell; its texts are what pandas makes of those.
"""

import math
import re
from collections.abc import Callable, Sequence

from vlmhb.datasets.vlmeval_table import ABSENT

_WHOLE = re.compile(r" *[+-]?[0-9]+ *", re.ASCII)
_NUMBER = re.compile(
    r" *[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|inf|infinity) *", re.ASCII | re.IGNORECASE
)
_TRUTH = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}
_SIGNED = range(-(2**63), 2**63)
_UNSIGNED = range(2**64)
_MOST_DIGITS = 20

Value = str | int | float | bool | None


def typed(column: Sequence[str]) -> list[Value]:
    """The cells of a column; None for a missing one."""
    present = [cell for cell in column if cell not in ABSENT]
    if not present:
        return [None] * len(column)
    kind = _kind(present, has_gaps=len(present) < len(column))
    return [None if cell in ABSENT else kind(cell) for cell in column]


def _kind(present: Sequence[str], *, has_gaps: bool) -> Callable[[str], Value]:
    """What all of them can be."""
    if all(cell in _TRUTH for cell in present):
        return _TRUTH.__getitem__
    if all(_WHOLE.fullmatch(cell) for cell in present):
        if any(len(cell.strip(" +-").lstrip("0")) > _MOST_DIGITS for cell in present):
            return str
        numbers = [int(cell) for cell in present]
        if not any(all(number in kind for number in numbers) for kind in (_SIGNED, _UNSIGNED)):
            return str  # account numbers are longer than its integers
        return float if has_gaps else int
    return float if all(_NUMBER.fullmatch(cell) for cell in present) else str


def as_text(value: Value) -> str:
    """`str` of what the data frame holds: `nan` for a missing cell."""
    return "nan" if value is None else str(value)


def written(value: Value) -> str:
    """How it is written into a CSV again."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def sort_key(value: Value) -> tuple[bool, float, str]:
    """Groups come in this order: numbers by size, texts by their characters."""
    if isinstance(value, str):
        return True, 0.0, value
    return False, float(value or 0), ""
