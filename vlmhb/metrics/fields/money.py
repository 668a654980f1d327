"""Amounts: `1 234,56 руб.`, `$1,234.56`, `₩9,105,000`, `9,105,000원`, `5 тыс. руб.`.

Where the decimals begin:
- when dots and commas both occur, at the last of them;
- a mark that occurs several times parts thousands;
- a single mark parts decimals unless exactly three digits follow it. Then the language decides:
  `1,234` is 1.234 in Russian, and 1234 in English, Korean, Chinese and Japanese, where only a dot
  parts decimals. In any other language both are possible meanings, and an answer that leaves open
  what the target says is wrong.
Spaces and apostrophes always part thousands. An amount without a currency can be of any. A number
with `%` or a unit behind it is no amount.

Source: ISO 4217 (codes); Unicode CLDR (marks of ru, en, ko, de).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache, partial
from typing import TypeAlias

from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.labels import without_others
from vlmhb.metrics.fields.won import in_digits

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
    "млрд": 9, "миллиард": 9, "billion": 9, "трлн": 12, "триллион": 12, "trillion": 12, "조": 12,
}  # fmt: skip
LETTERS = {"k": 3, "m": 6, "mn": 6, "b": 9, "bn": 9}
"""Scales that stand right behind a number: `$1.5M`."""
MARK = "|".join(f"(?P<{code}>{marks})" for code, marks in CURRENCIES.items())
CURRENCY = re.compile(MARK, re.IGNORECASE)
SPACE = " \u00a0\u2007\u2009\u202f"
# `-$500`; the hyphen of `- $500` may begin an item of a list.
SIGNED = re.compile(
    rf"(?<![\w.,)])(?P<minus>[-\u2212])(?:{MARK})[{SPACE}]?(?=[0-9])", re.IGNORECASE
)
NUMBER = re.compile(
    r"(?<![0-9.,])(?P<sign>[-\u2212]?)"
    rf"(?P<digits>[0-9]+(?:[{SPACE}'’][0-9]{{3}}(?![0-9]))*(?:[.,][0-9]+)*)(?![0-9])"
    rf"(?:(?P<letter>{'|'.join(LETTERS)})(?![0-9a-zа-яё])"
    rf"|[{SPACE}]?(?P<scale>{'|'.join(SCALES)})[а-яa-z]*\.?)?",
    re.IGNORECASE,
)
KOPECKS = re.compile(
    r"(?:^|(?<=[^\d\s]))[ ,]*(?P<part>[0-9]{1,2}) ?(?:(?P<RUB>коп[а-я]*\.?|к\.)|cents?\b)",
    re.IGNORECASE,
)
# `120 т.р.`, `120 т. руб.`; tonnes have no roubles behind them.
THOUSANDS = re.compile(r"(?<=[0-9\s])т\. ?(?=р\.|руб)", re.IGNORECASE)
# `1 234,56 (одна тысяча двести тридцать четыре рубля 56 копеек)`.
IN_WORDS = re.compile(r"[а-яё]{3,} (?:рубл|(?:руб|р)\.)", re.IGNORECASE)
# `1 234-56 руб.`: the hyphen of Russian invoices, with enough in front to be no range.
HYPHEN = re.compile(
    rf"(?<=[0-9]{{3}})[-=\u2010-\u2013](?=[0-9]{{2}}[{SPACE}]?(?:₽|руб|р\.|RUB))", re.IGNORECASE
)
MEASURED = re.compile(
    rf"(?<![0-9.,])[0-9]+(?:[{SPACE}'’][0-9]{{3}}(?![0-9]))*(?:[.,][0-9]+)*"
    rf"[{SPACE}]?(?:%|‰|(?:процент[а-я]*|кг|г|л|м[²³23]?|км|см|мм|шт|kg|km|cm|mm|pcs)"
    r"(?![0-9a-zа-яё]))",
    re.IGNORECASE,
)
GROUPED = re.compile(r"[0-9]{1,3}[.,][0-9]{3}")
ANY_CURRENCY = "any"
DECIMAL_MARKS: Mapping[str, str] = {
    "ru": ".,", "en": ".", "ko": ".", "zh": ".", "ja": ".",
}  # fmt: skip
"""What a single mark before three digits can be but a mark of thousands, by language."""
MOST_DIGITS = 25

Value: TypeAlias = tuple[int, tuple[Decimal, ...]]
"""A sign, and the amounts that a number can mean."""


def money_readings(text: str, language: str = "") -> tuple[Reading, ...]:
    """Every number of a text as `amount currency`; the currency is the text's when it has one."""
    text = MEASURED.sub(" ", plain(without_others(text, "money")))
    part = KOPECKS.search(text)
    bare = KOPECKS.sub(" ", text)
    numbers = [value_of(number, language) for number in NUMBER.finditer(amounts(bare))]
    if part:
        repeated = len(numbers) > 1 or IN_WORDS.search(bare) is not None
        kopecks = Decimal(part["part"]) / 100
        numbers = with_kopecks(numbers or no_roubles(bare), kopecks, repeated=repeated)
    currency = currency_of(bare, part)
    return tuple(
        frozenset(f"{written(sign * amount)} {currency}" for amount in amounts)
        for sign, amounts in numbers
    )


def plain(text: str) -> str:
    """A text whose amounts are digits with decimals, by spellings of Russian and Korean."""
    return HYPHEN.sub(",", in_digits(THOUSANDS.sub("тыс. ", text)))


def amounts(text: str) -> str:
    """A text without its currencies, their minus left to the number behind them."""
    return CURRENCY.sub(" ", SIGNED.sub(r"\g<minus>", text))


def currency_of(text: str, part: re.Match[str] | None) -> str:
    """The code of the one currency that a text or its kopecks name."""
    codes = {match.lastgroup or "" for match in CURRENCY.finditer(text)}
    if not codes and part and part["RUB"]:
        return "RUB"
    return codes.pop() if len(codes) == 1 else ANY_CURRENCY


def with_kopecks(numbers: list[Value], kopecks: Decimal, *, repeated: bool) -> list[Value]:
    """Whole amounts and the kopecks behind them; an amount that has its own already is none.

    Where the total is repeated in another way, the one with the same kopecks of its own stays.
    """
    own = {0, kopecks} if repeated else {0}
    return [
        (sign, tuple(int(amount) + kopecks for amount in amounts if amount % 1 in own))
        for sign, amounts in numbers
    ]


def no_roubles(bare: str) -> list[Value]:
    """The 0 that kopecks without roubles are added to; nothing for roubles in words."""
    sign = -1 if bare.lstrip().startswith(("-", "\u2212")) else 1
    return [] if CURRENCY.search(bare) else [(sign, (Decimal(0),))]


def value_of(number: re.Match[str], language: str) -> Value:
    """The sign of a number and the amounts it can mean."""
    sign = -1 if number["sign"] else 1
    named = (number["scale"] or number["letter"] or "").lower()
    scale = {**SCALES, **LETTERS}.get(named, 0)
    digits = re.sub(rf"[{SPACE}'’]", "", number["digits"])
    if len(digits) > MOST_DIGITS:
        return sign, ()
    return sign, tuple(Decimal(amount).scaleb(scale) for amount in amounts_of(digits, language))


def amounts_of(digits: str, language: str) -> tuple[str, ...]:
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
        marks_of_decimals = DECIMAL_MARKS.get(language)
        if marks_of_decimals is None:
            return (whole, decimal)
        return (decimal,) if marks[-1] in marks_of_decimals else (whole,)
    return (decimal,)


def written(amount: Decimal) -> str:
    """An amount without needless zeros."""
    return f"{amount.normalize():f}" if amount else "0"


def is_money(text: str) -> bool:
    """Whether a text is nothing but one number and a currency, or a number as `449 764,88`.

    Without a currency it takes three digits and two decimals: `10.10` is as well a section.
    """
    bare = KOPECKS.sub(" ", plain(text.strip()))
    without = amounts(bare).strip(f"{SPACE}.;")
    number = NUMBER.fullmatch(without)
    if number is None:
        return False
    return bool(CURRENCY.search(bare) or re.search(r"\d{3}[.,]\d\d$", number["digits"]))


def money_agrees(said: Reading, truth: Reading) -> bool:
    """Whether an amount can only be what a target can be; one without currency can be of any."""
    return all(
        any(
            amount == other and (currency == another or ANY_CURRENCY in {currency, another})
            for other, another in map(str.split, truth)
        )
        for amount, currency in map(str.split, said)
    )


@lru_cache(maxsize=32)  # one object for a language, as readings are cached by kind
def money_in(language: str) -> Kind:
    """Amounts as a language writes them; of an unknown one, or none, as any may."""
    return Kind("money", partial(money_readings, language=language), is_money, agree=money_agrees)


MONEY = money_in("")
