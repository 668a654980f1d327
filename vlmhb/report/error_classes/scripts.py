"""Which script a text is written in."""

import re

SCRIPTS = {
    "Latin": re.compile("[A-Za-z\u00c0-\u024f]"),
    "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Hangul": re.compile("[\uac00-\ud7a3\u1100-\u11ff]"),
    "Han and kana": re.compile("[\u3040-\u30ff\u3400-\u9fff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"),
}
BEGINNING_CHARS = 100
"""Of a text that are looked at."""
LEAST_LETTERS = 3
MAIN_SHARE = 0.8


def script_of(text: str) -> str:
    """The script of most of its first letters; empty for few letters, and for several scripts."""
    beginning = text[:BEGINNING_CHARS]
    letters = sum(map(str.isalpha, beginning))
    if letters < LEAST_LETTERS:
        return ""
    counts = ((name, len(letter.findall(beginning))) for name, letter in SCRIPTS.items())
    return next((name for name, count in counts if count >= MAIN_SHARE * letters), "")


def are_of_other_scripts(one: str, other: str) -> bool:
    """Whether both texts have a script of their own."""
    if one.isascii() and other.isascii():
        return False
    scripts = {script_of(one), script_of(other)}
    return len(scripts) == 2 and "" not in scripts
