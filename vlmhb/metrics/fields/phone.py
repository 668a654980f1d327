"""Telephone numbers: digits, with 8, +7 and nothing taken as the same prefix in Russia.

Likewise 0 and +82 in Korea, +1 and nothing in North America.

Source: ITU-T E.123 and E.164 (at most 15 digits); the Russian trunk prefix is 8, its country 7, the
Korean ones are 0 and 82.
"""

import re

from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.labels import without_others

# Brackets are around the area code, or around what stands before it: `(8 800) 555-35-35 (24/7)`.
WRITTEN = re.compile(
    r"(?:\+?\d{0,4}[ \u00a0]{0,2}\([\d ]{1,6}\)[ \u00a0\-\u2010-\u2013]{0,3}|\+?)"
    r"\d(?:[ \u00a0.\-\u2010-\u2013]{0,3}\d){2,14}",
    re.ASCII,
)
FEWEST, MOST = 7, 15
"""Digits of a number."""
NOT_DIGITS = re.compile(r"\D")


def phone_readings(text: str) -> tuple[Reading, ...]:
    """Every number of a text."""
    numbers = map(dialled, WRITTEN.findall(without_others(text, "phone")))
    return tuple(frozenset({number}) for number in numbers if FEWEST <= len(number) <= MOST)


def dialled(number: str) -> str:
    """The digits of a number: with Russia's prefix where eleven of them tell it, Korea's as 0."""
    digits = NOT_DIGITS.sub("", number)
    if number.startswith("+82"):
        return "0" + digits[2:].lstrip("0")
    trunk = digits.startswith("8") and "+" not in number and len(digits) == 11
    return f"7{digits[1:]}" if trunk else digits


def is_phone(text: str) -> bool:
    """Whether a text is nothing but a number that is written as a telephone number is."""
    bare = text.strip()
    is_one = WRITTEN.fullmatch(bare) is not None and FEWEST <= len(dialled(bare)) <= MOST
    return is_one and ("+" in bare or "(" in bare)


def phone_agrees(said: Reading, truth: Reading) -> bool:
    """Whether two numbers are the same, one of them perhaps without the prefix of its country."""
    return bool(with_prefix(said) & with_prefix(truth))


def with_prefix(numbers: Reading) -> Reading:
    """The numbers, and those of ten digits also as numbers of Russia and North America."""
    short = {number for number in numbers if len(number) == 10}
    return numbers | {f"{country}{number}" for number in short for country in "17"}


PHONE = Kind("phone", phone_readings, is_phone, agree=phone_agrees)
