"""The order of pages that an answer gives."""

import re

from vlmhb.domain.digest import Json
from vlmhb.metrics.structured.json_answer import NoJson, json_of

LONGEST = 100_000
# `2, 1, 3`, `2 1 3`, `2 -> 1 -> 3`, `2; 1; 3`, one number a line.
BETWEEN = r"[\s,;>→-]"
# `Page 3, Page 1`, `3, 1 и 2`: in the singular, as in `the 3 pages 2, 1, 3` the first is no page.
WORD = r"(?:page|p\.|and|then|страниц[ау]|стр\.|с\.|лист|и|затем|потом|페이지|쪽)[\s_#№]{0,3}"
NUMBERS = re.compile(
    rf"[0-9]{{1,9}}(?:(?:{BETWEEN}{{1,9}}|{BETWEEN}{{0,9}}(?:{WORD}){{1,2}}{BETWEEN}{{0,9}})"
    r"[0-9]{1,9})*",
    re.IGNORECASE,
)
DATE = re.compile(r"(?<![0-9])(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}-[0-9]{2}-[0-9]{4})(?![0-9])")
NUMBER = re.compile("[0-9]{1,9}")
WORD_AND_NUMBER = re.compile(r"(?:[^\W\d_]+[\s_.#№-]{0,3}|[#№])?(?P<number>[0-9]{1,9})[^\W\d_]*")


def page_order(text: str) -> tuple[int, ...]:
    """The page numbers of a text in the order they come; empty when there are none.

    Those of a JSON array of numbers if there is one, also under a key of an object; or else the
    longest run of numbers with nothing but commas, semicolons, arrows, hyphens, white space and a
    word for a page or for "and" between them, the last of equals. Dates are left out.
    """
    found = json_of(text)
    listed = None if isinstance(found, NoJson) else numbers_in(found.value)
    if listed:
        return listed
    bare = DATE.sub(".", text[:LONGEST])
    runs = (NUMBER.findall(run) for run in NUMBERS.findall(bare))
    longest: list[str] = []
    for run in runs:
        if len(run) >= len(longest):
            longest = run
    return tuple(map(int, longest))


def numbers_in(value: Json) -> tuple[int, ...] | None:
    """A list of whole numbers, itself or the one value of an object; None if it is neither.

    Its items may be texts with one number: `["page_3", "page_1"]`.
    """
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    if not isinstance(value, list):
        return None
    written = [str(item) for item in value if isinstance(item, (int, str))]
    numbers = [WORD_AND_NUMBER.fullmatch(item) for item in written]
    if len(written) != len(value):
        return None
    found = [number["number"] for number in numbers if number]
    return tuple(map(int, found)) if len(found) == len(value) else None
