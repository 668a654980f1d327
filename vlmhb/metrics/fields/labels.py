"""Numbers that a text itself calls something else: in `ИНН 7707083893, БИК 044525225` one is a БИК.

Only a label of its own in front of a number with the right count of digits tells: `ИНН/КПП` names
two numbers, and what is behind it can be either.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

LABELLED: Mapping[str, tuple[str, str]] = {
    "inn": ("ИНН|INN", r"[0-9]{12}|[0-9]{10}"),
    "kpp": ("КПП|KPP", r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}"),
    "bik": ("БИК|BIK|BIC", r"[0-9]{9}"),
    "ogrn": ("ОГРН(?:ИП)?|OGRN(?:IP)?", r"[0-9]{15}|[0-9]{13}"),
    "snils": ("СНИЛС|SNILS", r"[0-9]{3}-?[0-9]{3}-?[0-9]{3}[ -]?[0-9][0-9]"),
    "okpo": ("ОКПО|OKPO", r"[0-9]{8}(?:[0-9][0-9])?"),
    "okato": ("ОКАТО|ОКТМО|OKATO|OKTMO", r"[0-9]{8}(?:[0-9]{3})?"),
}
"""Of each kind of number what it is called, and how it is written in one piece."""


def without_others(text: str, own: str) -> str:
    """A text without the numbers that it calls by the name of a kind other than `own`."""
    return labelled_others(own).sub(" ", text)


@lru_cache(maxsize=32)
def labelled_others(own: str) -> re.Pattern[str]:
    """What is labelled as a number of any other kind."""
    others = (
        rf"(?:{label})[ \u00a0]?[:№#\u2013\u2014-]?[ \u00a0]?(?:{number})"
        for kind, (label, number) in LABELLED.items()
        if kind != own
    )
    return re.compile(rf"(?<![\w/])(?:{'|'.join(others)})(?![\w/])", re.IGNORECASE)
