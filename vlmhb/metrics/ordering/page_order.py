"""The order of pages that an answer gives."""

import re

from vlmhb.domain.digest import Json
from vlmhb.metrics.json_answer import NoJson, json_of

LONGEST = 100_000
# `2, 1, 3`, `2 1 3`, `2 -> 1 -> 3`, `2; 1; 3`, one number a line.
NUMBERS = re.compile(r"[0-9]{1,9}(?:[\s,;>→-]{1,9}[0-9]{1,9})*", re.ASCII)
NUMBER = re.compile("[0-9]{1,9}")


def page_order(text: str) -> tuple[int, ...]:
    """The page numbers of a text in the order they come; empty when there are none.

    Those of a JSON array of numbers if there is one, also under a key of an object; or else the
    longest run of numbers with nothing but commas, semicolons, arrows, hyphens and white space
    between them, the last of equals.
    """
    found = json_of(text)
    listed = None if isinstance(found, NoJson) else numbers_in(found.value)
    if listed:
        return listed
    runs = (NUMBER.findall(run) for run in NUMBERS.findall(text[:LONGEST]))
    longest: list[str] = []
    for run in runs:
        if len(run) >= len(longest):
            longest = run
    return tuple(map(int, longest))


def numbers_in(value: Json) -> tuple[int, ...] | None:
    """A list of whole numbers, itself or the one value of an object; None if it is neither."""
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    if not isinstance(value, list):
        return None
    written = [str(item) for item in value if isinstance(item, (int, str))]
    if len(written) != len(value) or not all(map(NUMBER.fullmatch, written)):
        return None
    return tuple(map(int, written))
