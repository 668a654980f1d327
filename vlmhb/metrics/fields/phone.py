"""Telephone numbers: digits, with 8, +7 and nothing taken as the same prefix in Russia.

Source: ITU-T E.123 and E.164 (at most 15 digits); the Russian trunk prefix is 8, its country 7.
"""

import re

from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.labels import without_others

WRITTEN = re.compile(r"\+?\(?\d(?:[ \u00a0().\-\u2010-\u2013]{0,3}\d){6,14}", re.ASCII)
NOT_DIGITS = re.compile(r"\D")


def phone_readings(text: str) -> tuple[Reading, ...]:
    """Every number of a text."""
    numbers = WRITTEN.findall(without_others(text, "phone"))
    return tuple(frozenset({dialled(number)}) for number in numbers)


def dialled(number: str) -> str:
    """The digits of a number, with the country in front where eleven digits tell it."""
    digits = NOT_DIGITS.sub("", number)
    trunk = number.startswith("8") and len(digits) == 11
    return f"7{digits[1:]}" if trunk else digits


def is_phone(text: str) -> bool:
    """Whether a text is nothing but a number that is written as a telephone number is."""
    return WRITTEN.fullmatch(text.strip()) is not None and ("+" in text or "(" in text)


def phone_agrees(said: Reading, truth: Reading) -> bool:
    """Whether two numbers are the same, one of them perhaps without Russia's prefix."""
    return bool(with_prefix(said) & with_prefix(truth))


def with_prefix(numbers: Reading) -> Reading:
    """The numbers, with 7 in front of those of ten digits."""
    return frozenset(f"7{number}" if len(number) == 10 else number for number in numbers)


PHONE = Kind("phone", phone_readings, is_phone, agree=phone_agrees)
