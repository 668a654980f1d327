"""Amounts: `1 234,56 руб.`, `$1,234.56`, `₩9,105,000`, `9,105,000원`, `5 тыс. руб.`.

Where the decimals begin:
- when dots and commas both occur, at the last of them;
- a mark that occurs several times parts thousands;
- a single mark parts decimals unless exactly three digits follow it, and then both are possible
  meanings: `1,234` is 1234 or 1.234.
Spaces and apostrophes always part thousands. An amount without a currency can be of any.

Source: ISO 4217 (codes); Unicode CLDR (marks of ru, en, ko, de).
"""

import re
from decimal import Decimal

from vlmhb.metrics.fields.kind import Kind, Reading

CURRENCIES = {
    "RUB": r"₽|руб(?:л[а-я]*|\.)?|\bр\.|\bRUB\b|\bRUR\b",
    "USD": r"US\$|\$|\bUSD\b|долл[а-я]*\.?(?: США)?|\bdollars?\b",
    "EUR": r"€|\bEUR\b|евро|\beuros?\b",
    "KRW": r"₩|원|\bKRW\b|\bwon\b",
    "CNY": r"元|\bCNY\b|\bRMB\b|юан[а-я]*",
    "JPY": r"¥|円|\bJPY\b|\byen\b",
    "GBP": r"£|\bGBP\b|\bpounds?\b",
    "KZT": r"₸|\bKZT\b|тенге",
}
SCALES = {
    "тыс": 3, "thousand": 3, "млн": 6, "миллион": 6, "million": 6, "만": 4, "억": 8,
    "млрд": 9, "миллиард": 9, "billion": 9,
}  # fmt: skip
MARK = "|".join(f"(?P<{code}>{marks})" for code, marks in CURRENCIES.items())
CURRENCY = re.compile(MARK, re.IGNORECASE)
SPACE = " \u00a0\u2007\u2009\u202f"
NUMBER = re.compile(
    r"(?<![0-9.,])(?P<sign>[-\u2212]?)"
    rf"(?P<digits>[0-9]+(?:[{SPACE}'’][0-9]{{3}}(?![0-9]))*(?:[.,][0-9]+)*)(?![0-9])"
    rf"(?:[{SPACE}]?(?P<scale>{'|'.join(SCALES)})[а-яa-z]*\.?)?",
    re.IGNORECASE,
)
KOPECKS = re.compile(
    r"(?<=[^\d\s])[ ,]*(?P<part>[0-9]{1,2}) ?(?:коп[а-я]*\.?|cents?\b)", re.IGNORECASE
)
GROUPED = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
ANY_CURRENCY = "any"
MOST_DIGITS = 25


def money_readings(text: str) -> tuple[Reading, ...]:
    """Every number of a text as `amount currency`; the currency is the text's when it has one."""
    part = KOPECKS.search(text)
    kopecks = Decimal(part["part"]) / 100 if part else Decimal(0)
    bare = KOPECKS.sub(" ", text)
    codes = {match.lastgroup or "" for match in CURRENCY.finditer(bare)}
    currency = codes.pop() if len(codes) == 1 else ANY_CURRENCY
    return tuple(
        frozenset(f"{written(sign * (amount + kopecks))} {currency}" for amount in amounts)
        for sign, amounts in map(value_of, NUMBER.finditer(CURRENCY.sub(" ", bare)))
    )


def value_of(number: re.Match[str]) -> tuple[int, tuple[Decimal, ...]]:
    """The sign of a number and the amounts it can mean."""
    sign = -1 if number["sign"] else 1
    scale = SCALES.get((number["scale"] or "").lower(), 0)
    digits = re.sub(rf"[{SPACE}'’]", "", number["digits"])
    if len(digits) > MOST_DIGITS:
        return sign, ()
    return sign, tuple(Decimal(amount).scaleb(scale) for amount in amounts_of(digits))


def amounts_of(digits: str) -> tuple[str, ...]:
    """The ways to read digits with dots and commas, as plain decimal numbers."""
    marks = [character for character in digits if character in ".,"]
    if not marks:
        return (digits,)
    last = digits.rindex(marks[-1])
    decimal = f"{re.sub('[.,]', '', digits[:last])}.{digits[last + 1 :]}"
    whole = re.sub("[.,]", "", digits)
    if marks.count(marks[-1]) > 1:
        return (whole,)
    if GROUPED.fullmatch(digits) and not digits.startswith("0"):
        return (whole, decimal)
    return (decimal,)


def written(amount: Decimal) -> str:
    """An amount without needless zeros."""
    return f"{amount.normalize():f}" if amount else "0"


def is_money(text: str) -> bool:
    """Whether a text is nothing but one number and a currency, or a number with two decimals."""
    bare = KOPECKS.sub(" ", text.strip())
    without = CURRENCY.sub(" ", bare).strip(f"{SPACE}.;")
    number = NUMBER.fullmatch(without)
    if number is None:
        return False
    return bool(CURRENCY.search(bare) or re.search(r"[.,]\d\d$", number["digits"]))


def money_agrees(said: Reading, truth: Reading) -> bool:
    """Whether two amounts can be the same; one without currency can be of any."""
    return bool(said & truth) or any(
        amount == other and ANY_CURRENCY in {currency, another}
        for amount, currency in map(str.split, said)
        for other, another in map(str.split, truth)
    )


MONEY = Kind("money", money_readings, is_money, agree=money_agrees)
