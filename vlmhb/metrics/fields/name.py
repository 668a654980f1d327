"""Names of people: `ИВАНОВ Иван Иванович`, `Иван Иванович Иванов`, `Иванов И. И.`.

A name is its words, in any order and case, ё as е. Initials equal initials only: the page that
says `Иванов И. И.` does not say what И. stands for, and who writes `И.` for Иван has left out what
the page says. A label before a colon is no part of the name, and neither are words such as `ФИО`;
other words around it are taken for names, and a text with digits is no name.
"""

import re

from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.text.normalize import FIELD

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
AROUND_HYPHEN = re.compile(r" ?- ?")
PATRONYMIC = re.compile(r"[а-яё]+(?:вич|вна|ична|инична|оглы|кызы)", re.IGNORECASE)
LABEL = re.compile(
    r"(?<!\w)(?:ф\.? ?и\.? ?о\.?|фамилия|имя|отчество|(?:full |first |last |middle )?name|surname|"
    r"성명|이름)(?!\w)[ :.-]*",
    re.IGNORECASE,
)
CAPITALISED = re.compile(r"[А-ЯЁ][А-ЯЁа-яё]+(?:-[А-ЯЁ][А-ЯЁа-яё]+)*")


def name_readings(text: str) -> tuple[Reading, ...]:
    """The one name of a text, its words in alphabetical order."""
    label, _, name = LABEL.sub(" ", AROUND_HYPHEN.sub("-", FIELD(text))).rpartition(":")
    words = WORD.findall(name)
    if not words or re.search(r"\d", name) or any(map(PATRONYMIC.fullmatch, WORD.findall(label))):
        return ()
    return (frozenset({" ".join(sorted(once(words)))}),)


def once(words: list[str]) -> list[str]:
    """The words of a name, of two words or more, that is written twice; any others as they are."""
    half = len(words) // 2
    twice = half > 1 and sorted(words[:half]) == sorted(words[half:])
    return words[:half] if twice else words


def is_name(text: str) -> bool:
    """Whether a text is three capitalised Russian words, one of them a patronymic."""
    words = text.split()
    return (
        len(words) == 3
        and all(CAPITALISED.fullmatch(word) for word in words)
        and any(PATRONYMIC.fullmatch(word) for word in words)
    )


NAME = Kind("name", name_readings, is_name)
