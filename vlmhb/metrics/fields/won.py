"""Amounts in won that name their powers of ten: `1억 2,000만원`, `910만 5천원`, `3,500천원`.

Source: https://en.wikipedia.org/wiki/Korean_numerals; digits are named by groups of four (만, 억),
and tables state amounts in thousands (천원) and millions (백만원).
"""

import re
from decimal import Decimal

POWERS = {"조": 12, "억": 8, "천만": 7, "백만": 6, "만": 4, "천": 3, "백": 2}
NUMBER = r"[0-9][0-9,]*(?:\.[0-9]+)?"
PART = re.compile(rf"(?P<digits>{NUMBER}) ?(?P<power>{'|'.join(POWERS)})? ?")
AMOUNT = re.compile(
    rf"(?<![0-9.,])(?:{NUMBER} ?(?:{'|'.join(POWERS)}) ?)+(?:[0-9][0-9,]* ?)?(?=원)"
)


def in_digits(text: str) -> str:
    """A text with such amounts in digits; one whose powers do not fall stays as it is."""
    return AMOUNT.sub(lambda amount: total(amount[0]), text) if "원" in text else text


def total(amount: str) -> str:
    """The sum of the parts of an amount."""
    parts = [(part["digits"], POWERS.get(part["power"], 0)) for part in PART.finditer(amount)]
    powers = [power for _, power in parts]
    if powers != sorted(set(powers), reverse=True):
        return amount
    return f"{sum(Decimal(digits.replace(',', '')).scaleb(power) for digits, power in parts):f}"
