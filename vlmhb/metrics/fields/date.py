"""Days: `15 августа 2025 г.`, `15.08.2025`, `2025-08-15`, `August 15, 2025`, `2025년 8월 15일`.

The order of day and month is told by the writing: a year in front means year, month, day; dots
mean day first, as in Europe; a slash, hyphen or space with the year at the end can mean either, so
both are possible meanings. A year of two digits can be of this century or the last;
among numbers alone it stands in front in Korean, Chinese and Japanese, else at the end.

Source: ГОСТ Р 7.0.97-2016 (`15 августа 2025 г.`, `15.08.2025`), ISO 8601 (`2025-08-15`).
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache, partial

from vlmhb.metrics.fields.kind import Kind, Reading

MONTHS = (
    "янв(?:ар[ья])?|jan(?:uary)?",
    "фев(?:р(?:ал[ья])?)?|feb(?:ruary)?",
    "мар(?:та?)?|mar(?:ch)?",
    "апр(?:ел[ья])?|apr(?:il)?",
    "ма[йя]|may",
    "июн[ья]?|june?",
    "июл[ья]?|july?",
    "авг(?:уста?)?|aug(?:ust)?",
    "сен(?:т(?:ябр[ья])?)?|sep(?:t(?:ember)?)?",
    "окт(?:ябр[ья])?|oct(?:ober)?",
    "ноя(?:б(?:р[ья])?)?|nov(?:ember)?",
    "дек(?:абр[ья])?|dec(?:ember)?",
)
YEAR_FIRST = frozenset({"ko", "zh", "ja"})
"""Languages in which `25.08.15` begins with the year, as `2025.08.15` does everywhere."""
# Whole words only: no month is in `маршала`, `summary` or `decision`.
MONTH = rf"(?<![a-zа-яё])(?P<month>{'|'.join(MONTHS)})(?![a-zа-яё])\.?"
DAY = r"(?:[\"«“] ?)?(?P<day>\d{1,2})(?:st|nd|rd|th|-?[ег]о)?(?: ?[\"»”])?"
YEAR = r"(?P<year>\d{4})"
# Two digits behind a month are a year where nothing else can follow: no hour, no number of people.
LAST_YEAR = r"(?P<year>\d{4}|\d\d(?= ?г(?:ода?)?(?![а-яё])|[,;)]|\.?\Z))"
WRITINGS = tuple(
    re.compile(rf"(?<!\d){writing}(?!\d)", re.ASCII)
    for writing in (
        r"(?P<year>\d{4}|\d\d) ?[년年] ?(?P<month>\d{1,2}) ?[월月] ?(?P<day>\d{1,2}) ?[일日]",
        rf"{YEAR} ?(?P<mark>[-./]) ?(?P<month>\d{{1,2}}) ?(?P=mark) ?(?P<day>\d{{1,2}})",
        r"(?P<day>\d{1,2})(?P<mark> ?[-./] ?)(?P<month>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)",
        rf"(?P<day>\d\d)(?P<mark> )(?P<month>\d\d) {YEAR}",
        rf"{DAY}\.?(?: of)?[ -]?{MONTH}(?:, ?|[ -]){LAST_YEAR}",
        rf"{MONTH} {DAY}(?:, ?| ){YEAR}",
    )
)
ENDING = re.compile(r"(?:\s*(?:года|год|г\.?|[.,;]))*\s*")


def date_readings(text: str, language: str = "") -> tuple[Reading, ...]:
    """Every date of a text, as ISO 8601 says it; a 31.02.2025 is one that means nothing."""
    found = sorted(matches(tidy(text)), key=lambda match: match.start())
    read = ((match, meanings(match, language)) for match in found)
    return tuple(meaning for match, meaning in read if meaning or is_meant_as_day(match))


def is_meant_as_day(match: re.Match[str]) -> bool:
    """Whether what no calendar has was meant as a day, and not as `№ 45/12/2025` or `1.20.3300`."""
    mark = match.groupdict().get("mark") or ""
    return len(match["year"]) == 4 and "/" not in mark and month_number(match["month"]) <= 12


def tidy(text: str) -> str:
    """A text in lower case with single spaces."""
    return " ".join(text.lower().split())


def matches(text: str) -> Iterator[re.Match[str]]:
    """What is written like a date, in any of the ways."""
    for writing in WRITINGS:
        yield from writing.finditer(text)


def meanings(match: re.Match[str], language: str = "") -> Reading:
    """The days that a written date can mean."""
    day, month, year = match["day"], month_number(match["month"]), match["year"]
    is_last = match.start("year") > match.start("day")
    if len(year) == 2 and language in YEAR_FIRST and is_last and match["month"].isdecimal():
        days = (iso(int(f"{century}{day:0>2}"), month, int(year)) for century in (20, 19))
        return frozenset(filter(None, days))
    years = (year,) if len(year) == 4 else (f"20{year}", f"19{year}")
    mark = match.groupdict().get("mark")
    either = mark is not None and "." not in mark and is_last
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
        number for number, names in enumerate(MONTHS, start=1) if re.fullmatch(names, written)
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


@lru_cache(maxsize=32)  # one object for a language, as readings are cached by kind
def date_in(language: str) -> Kind:
    """Dates as a language writes them."""
    return Kind("date", partial(date_readings, language=language), is_date)


DATE = date_in("")
