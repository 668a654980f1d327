"""Named rules that make two spellings of the same thing equal, and the sets metrics use."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Rule: TypeAlias = Callable[[str], str]

# Marks that stack on one letter. Sorting them costs the square of their number, and no language
# stacks 30 of them (Unicode Standard Annex 15, Stream-Safe Text Format).
MANY_MARKS = re.compile(
    r"([^\w\s\x00-\u02ff\u2000-\u20cf\u2100-\u2bff\u3000-\u3020\ue000-\uf8ff]{30})"
)
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
# A double space or a line break separates columns or lines, so neither joins digits.
GROUP_SPACES = " \u00a0\u2007\u2009\u202f"
# What may not stand before the first digit is asked after it: a pattern that begins with a digit
# is looked for at digits alone.
DIGIT_GROUPS = re.compile(rf"\d(?<![\d.,]\d)\d{{0,2}}(?:[{GROUP_SPACES}]\d{{3}})+(?!\d)")
GROUP_SPACE = re.compile(f"[{GROUP_SPACES}]")
LATIN = "ABCEHKMOPTXYabcehkmoptxyËë"
CYRILLIC = "АВСЕНКМОРТХУавсенкмортхуЁё"
LOOK_ALIKE = re.compile(f"[{LATIN}]")
TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
DOUBLE_QUOTES = re.compile("[«»„“”‟″]")
SINGLE_QUOTES = re.compile("[‘’‚‛‹›′]")
DASHES = re.compile("[\u2010-\u2015\u2212]")
NEITHER_WORD_NOR_SPACE = re.compile(r"[^\w\s]")
MARKDOWN = "`|~^"


def invisible(text: str) -> str:
    """`text` without soft hyphens, zero-width characters and marks of writing direction."""
    return INVISIBLE.sub("", text)


def nfc(text: str) -> str:
    """`text` with each letter and its marks composed: й, ё and Hangul syllables in one piece."""
    if unicodedata.is_normalized("NFC", text):
        return text
    pieces = MANY_MARKS.split(text)
    return "".join(unicodedata.normalize("NFC", piece) for piece in pieces)


def any_case(text: str) -> str:
    """`text` without upper case; ß becomes ss."""
    return text.casefold()


def digit_groups(text: str) -> str:
    """`text` with numbers such as `449 764,88` written without their spaces.

    A row such as `37 254 094,54` can be read as one number or two, and is read as one.
    """
    return DIGIT_GROUPS.sub(lambda number: GROUP_SPACE.sub("", number[0]), text)


def look_alikes(text: str) -> str:
    """`text` with the Cyrillic letter for every Latin one that looks like it in capitals.

    In every word, not only where Cyrillic letters stand beside it: a rule for letters can only
    bring two texts closer, while one for words makes a whole word wrong for one stray letter.
    """
    return text.translate(TO_CYRILLIC) if LOOK_ALIKE.search(text) else text


def yo(text: str) -> str:
    """`text` with ё written as е."""
    return text.replace("ё", "е").replace("Ё", "Е")


def quotes(text: str) -> str:
    """`text` with typewriter quotes."""
    return SINGLE_QUOTES.sub("'", DOUBLE_QUOTES.sub('"', text))


def dashes(text: str) -> str:
    """`text` with a hyphen for every dash and minus."""
    return DASHES.sub("-", text)


def punctuation(text: str) -> str:
    """`text` with a space for every punctuation mark and for what markdown draws tables with.

    Signs of money, sums and № stay.
    """
    for character in set(NEITHER_WORD_NOR_SPACE.findall(text)):
        if is_punctuation(character):
            text = text.replace(character, " ")
    return text.replace("_", " ")


@lru_cache(maxsize=4096)
def is_punctuation(character: str) -> bool:
    """Whether Unicode or markdown takes `character` for a mark."""
    return character in MARKDOWN or unicodedata.category(character).startswith("P")


def single_spaces(text: str) -> str:
    """`text` with one space for every run of white space, and none around it."""
    return " ".join(text.split())


RULES: Mapping[str, Rule] = {
    "invisible": invisible,
    "digit groups": digit_groups,
    "case": any_case,
    "NFC": nfc,
    "look-alikes": look_alikes,
    "yo": yo,
    "quotes": quotes,
    "dashes": dashes,
    "punctuation": punctuation,
    "white space": single_spaces,
}


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
FIELD = Normaliser(
    "field", (invisible, digit_groups, any_case, nfc, yo, quotes, dashes, single_spaces)
)
DOCUMENT = Normaliser(
    "document", (invisible, any_case, nfc, look_alikes, yo, nfc, punctuation, single_spaces)
)
