"""Days: `15 августа 2025 г.`, `15.08.2025`, `2025-08-15`, `August 15, 2025`, `2025년 8월 15일`.

The order of day and month is told by the writing: a year in front means year, month, day; dots
mean day first, as in Europe; a slash or hyphen with the year at the end can mean either, so both
are possible meanings. A year of two digits can be of this century or the last.

Source: ГОСТ Р 7.0.97-2016 (`15 августа 2025 г.`, `15.08.2025`), ISO 8601 (`2025-08-15`).
"""

import re
from collections.abc import Iterator
from datetime import date

from vlmhb.metrics.fields.kind import Kind, Reading

MONTHS = (
    ("янв", "jan"),
    ("фев", "feb"),
    ("мар", "mar"),
    ("апр", "apr"),
    ("ма[йя]", "may"),
    ("июн", "jun"),
    ("июл", "jul"),
    ("авг", "aug"),
    ("сен", "sep"),
    ("окт", "oct"),
    ("ноя", "nov"),
    ("дек", "dec"),
)
MONTH = rf"(?P<month>(?:{'|'.join(name for names in MONTHS for name in names)})[a-zа-я]*)\.?"
DAY = r"[\"«“]?(?P<day>\d{1,2})(?:st|nd|rd|th|-?[ег]о)?[\"»”]?"
YEAR = r"(?P<year>\d{4})"
WRITINGS = tuple(
    re.compile(rf"(?<!\d){writing}(?!\d)", re.ASCII)
    for writing in (
        rf"{YEAR} ?년 ?(?P<month>\d{{1,2}}) ?월 ?(?P<day>\d{{1,2}}) ?일",
        rf"{YEAR} ?(?P<mark>[-./]) ?(?P<month>\d{{1,2}}) ?(?P=mark) ?(?P<day>\d{{1,2}})",
        r"(?P<day>\d{1,2})(?P<mark>[-./])(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)",
        rf"{DAY}(?: of)?[ -]{MONTH},?[ -]{YEAR}",
        rf"{MONTH} {DAY},? {YEAR}",
    )
)
ENDING = re.compile(r"(?:\s*(?:года|год|г\.?|[.,;]))*\s*")


def date_readings(text: str) -> tuple[Reading, ...]:
    """Every date of a text, as ISO 8601 says it; dates that no calendar has are left out."""
    found = sorted(matches(tidy(text)), key=lambda match: match.start())
    return tuple(meaning for match in found if (meaning := meanings(match)))


def tidy(text: str) -> str:
    """A text in lower case with single spaces."""
    return " ".join(text.lower().split())


def matches(text: str) -> Iterator[re.Match[str]]:
    """What is written like a date, in any of the ways."""
    for writing in WRITINGS:
        yield from writing.finditer(text)


def meanings(match: re.Match[str]) -> Reading:
    """The days that a written date can mean."""
    day, month = match["day"], month_number(match["month"])
    years = (
        (match["year"],)
        if len(match["year"]) == 4
        else (f"20{match['year']}", f"19{match['year']}")
    )
    either = match.groupdict().get("mark") in {"/", "-"} and match.start("year") > match.start(
        "day"
    )
    orders = {(month, int(day)), (int(day), month)} if either else {(month, int(day))}
    return frozenset(
        found
        for year in years
        for month_, day_ in orders
        if (found := iso(int(year), month_, day_)) is not None
    )


def month_number(written: str) -> int:
    """1 to 12 for a month's name; a number stays what it is."""
    if written.isdecimal():
        return int(written)
    return next(
        number
        for number, names in enumerate(MONTHS, start=1)
        if any(re.match(name, written) for name in names)
    )


def iso(year: int, month: int, day: int) -> str | None:
    """`2025-08-15`; None for a day that no calendar has."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def is_date(text: str) -> bool:
    """Whether a text is nothing but one date."""
    bare = tidy(text)
    return any(
        meanings(match) and match.start() == 0 and ENDING.fullmatch(bare, match.end())
        for match in matches(bare)
    )


DATE = Kind("date", date_readings, is_date)
