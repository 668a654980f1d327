"""The JSON in an answer: written as it should be, mended, or not there."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn, TypeAlias

from vlmhb.domain.digest import Json

DEEPEST = 32
"""Brackets within brackets; what is nested deeper is not read."""
LONGEST = 1_000_000
"""Characters of an answer that are searched; the rest counts as not written."""
MOST_CANDIDATES = 1000
LONGEST_TO_MEND = 32_000
MENDING_WORK = 20_000_000
"""Characters times quotes and brackets. The mending library can take time with the square of
either; at this much it ends in a second or two whatever the text."""

FENCE = re.compile(r"```[ \t]*(?P<language>[^\n`]*)\n(?P<content>.*?)(?:```|\Z)", re.DOTALL)
OPENING = re.compile(r"[\[{]")
# A string that does not end goes on to the end of the text.
TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
# What can be meant as JSON: `{"a"`, `{a:`, `[{`, `["`, `[1`, but not `[see below]` or `{1}`.
MENDABLE = re.compile(r"""\{\s*(?:["'“‘]|[\w-][\w -]{0,59}:)|\[\s*[\[{"'“‘\d-]""")
MARKS = "\"'“”‘’[]{}"
PARTNER = {"}": "{", "]": "["}


@dataclass(frozen=True, slots=True)
class ValidJson:
    """The answer holds an object or array that any JSON reader takes."""

    value: Json


@dataclass(frozen=True, slots=True)
class RepairedJson:
    """The answer holds something that was meant as an object or array, and mended."""

    value: Json


@dataclass(frozen=True, slots=True)
class NoJson:
    """The answer holds nothing of the kind."""

    reason: str


JsonAnswer: TypeAlias = ValidJson | RepairedJson | NoJson


@lru_cache(maxsize=16)  # several metrics read the same answer, one after the other
def json_of(text: str) -> JsonAnswer:
    """The object or array in an answer.

    Looked for behind what a model says it thought; in fenced blocks first, the last one before
    those above, then anywhere in the text. Of several in one place the longest counts. What no
    JSON reader takes is mended: quotes, commas, comments, brackets that were never closed.
    """
    text = text[:LONGEST].rpartition("</think>")[2]
    places = (*reversed(fenced(text)), text)
    for place in places:
        found = longest_valid(place)
        if found is not None:
            return found
    meant = next(filter(MENDABLE.search, places), None)
    return NoJson("no JSON object or array in the answer") if meant is None else mend(meant)


def fenced(text: str) -> tuple[str, ...]:
    """What stands between lines of three backticks; blocks marked as JSON alone if there are."""
    blocks = [
        (block["language"].strip().lower(), block["content"]) for block in FENCE.finditer(text)
    ]
    marked = tuple(content for language, content in blocks if language.startswith("json"))
    return marked or tuple(content for _, content in blocks)


def longest_valid(text: str) -> ValidJson | None:
    """The longest outermost object or array that can be read as it stands."""
    spans = sorted(outermost(text), key=lambda span: span[0] - span[1])
    for start, end in spans:
        value = strict(text[start:end])
        if value is not None:
            return ValidJson(value)
    return None


def outermost(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the bracketed parts of a text that lie in no other.

    A bracket that is never closed is passed over, but for one that can be meant as JSON: what it
    holds was cut off, and no part of it is the answer. As the search for its end stops where
    brackets nest too deep, each part of the text is looked at `DEEPEST` times at most.
    """
    position = 0
    for _ in range(MOST_CANDIDATES):
        opening = OPENING.search(text, position)
        if opening is None:
            return
        end = closing(text, opening.start())
        if end is not None:
            yield opening.start(), end
        elif MENDABLE.match(text, opening.start()):
            return
        position = end or opening.end()


def closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at `start` has been closed; None if it never is."""
    depth = 0
    for token in TOKEN.finditer(text, start):
        mark = text[token.start()]
        if mark in "[{":
            depth += 1
            if depth > DEEPEST:
                return None
        elif mark in "]}":
            depth -= 1
            if depth == 0:
                return token.end()
    return None


def strict(text: str) -> Mapping[str, Json] | Sequence[Json] | None:
    """The value of a JSON text; None if it is no JSON."""
    try:
        value = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None


def refuse(constant: str) -> NoReturn:
    """Python reads NaN and Infinity, which are no JSON.

    Raises:
        ValueError: always.
    """
    raise ValueError(constant)


def mend(text: str) -> RepairedJson | NoJson:
    """What is left of a text that was meant as JSON."""
    opening = MENDABLE.search(text)
    broken = affordable(text[opening.start() :] if opening else text)
    if nesting(broken) > DEEPEST:
        return NoJson(f"brackets nest deeper than {DEEPEST}")
    # It takes a while to import, and most answers need no mending.
    from json_repair import repair_json  # noqa: PLC0415

    try:
        value = strict(str(repair_json(broken)))
    except (ValueError, RecursionError):
        value = None
    return RepairedJson(value) if value else NoJson("what looks like JSON cannot be mended")


def affordable(text: str) -> str:
    """The start of a text that can be mended in bounded time."""
    text = text[:LONGEST_TO_MEND]
    while len(text) * sum(map(text.count, MARKS)) > MENDING_WORK:
        text = text[: len(text) * 3 // 4]
    return text


def nesting(text: str) -> int:
    """How deep brackets nest when a bracket is closed by its own partner only."""
    open_brackets: list[str] = []
    deepest = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        if bracket in "[{":
            open_brackets.append(bracket)
            deepest = max(deepest, len(open_brackets))
        elif open_brackets and open_brackets[-1] == PARTNER[bracket]:
            open_brackets.pop()
    return deepest
