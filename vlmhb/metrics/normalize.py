"""Named rules that make two spellings of the same thing equal, and the sets metrics use."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Rule: TypeAlias = Callable[[str], str]

# A double space or a line break separates columns or lines, so neither joins digits.
GROUP_SPACES = " \u00a0\u2007\u2009\u202f"
DIGIT_GROUPS = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{GROUP_SPACES}]\d{{3}})+(?!\d)")
GROUP_SPACE = re.compile(f"[{GROUP_SPACES}]")
DOUBLE_QUOTES = re.compile("[«»„“”‟″]")
SINGLE_QUOTES = re.compile("[‘’‚‛‹›′]")
DASHES = re.compile("[\u2010-\u2015\u2212]")


def nfc(text: str) -> str:
    """`text` with each letter and its marks composed: й, ё and Hangul syllables in one piece."""
    return unicodedata.normalize("NFC", text)


def any_case(text: str) -> str:
    """`text` without upper case; ß becomes ss."""
    return text.casefold()


def digit_groups(text: str) -> str:
    """`text` with numbers such as `449 764,88` written without their spaces.

    A row such as `37 254 094,54` can be read as one number or two, and is read as one.
    """
    return DIGIT_GROUPS.sub(lambda number: GROUP_SPACE.sub("", number[0]), text)


def yo(text: str) -> str:
    """`text` with ё written as е."""
    return text.replace("ё", "е").replace("Ё", "Е")


def quotes(text: str) -> str:
    """`text` with typewriter quotes."""
    return SINGLE_QUOTES.sub("'", DOUBLE_QUOTES.sub('"', text))


def dashes(text: str) -> str:
    """`text` with a hyphen for every dash and minus."""
    return DASHES.sub("-", text)


def single_spaces(text: str) -> str:
    """`text` with one space for every run of white space, and none around it."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Rules applied one after the other, under the name that results show."""

    name: str
    rules: tuple[Rule, ...]

    def __call__(self, text: str) -> str:
        """`text` after every rule."""
        for rule in self.rules:
            text = rule(text)
        return text


RAW = Normaliser("raw", ())
# Composing comes after folding, which takes some letters apart.
CI = Normaliser("ci", (any_case, nfc))
FIELD = Normaliser("field", (digit_groups, any_case, nfc, yo, quotes, dashes, single_spaces))
