"""Which class an answer names."""

import re
from collections.abc import Iterator
from functools import lru_cache

from vlmhb.metrics.classes.denial import is_denied
from vlmhb.metrics.text.field_found import cuts
from vlmhb.metrics.text.normalize import FIELD

LONGEST = 20_000
AROUND = " .,;:!?\"'`*_#()[]{}<>"

AROUND_HYPHEN = re.compile(r" ?-(?: -)* ?")
# What Korean hangs on a noun, up to the end of the word.
PARTICLE = re.compile(
    r"(?:[은는이가을를의도만로와과인임라]|으로|이다|입니다|이에요|예요|이며|이고|이?네요|에|이나|이?라고|이라|일)"
    r"(?![가-힣])"
)
HANGUL_WORD = re.compile(r"[가-힣]{2}\Z")
TAKEN = "\0"

Choices = tuple[tuple[str, str], ...]


@lru_cache(maxsize=16)  # several metrics read the same answer, one after the other
def named_class(text: str, choices: Choices) -> int | None:
    """The place of the class among the choices; None when none, or more than one, is named.

    An answer that is a class or its title names it, commas and punctuation around aside; so does
    one with other words around it, where a name inside a longer one (`счёт` in `счёт-фактура`)
    does not count, and neither does a class that the answer denies anywhere.
    """
    text = text[:LONGEST]
    answer = normalised(text).strip(AROUND)
    names = [(normalised(name), place) for place, pair in enumerate(choices) for name in pair]
    exact = {place for name, place in names if name and name.strip(AROUND) == answer}
    if len(exact) == 1:
        return exact.pop()
    named, denied = named_and_denied(FIELD(text), {name for name, _ in names})
    places = {place for name, place in names if name in named}
    places -= {place for name, place in names if name in denied}
    return places.pop() if len(places) == 1 else None


def named_and_denied(answer: str, names: set[str]) -> tuple[set[str], set[str]]:
    """The names that occur in an answer, and those of them that it denies; long names first."""
    # Clauses are parted by commas and spaced dashes, by which names may be joined.
    left = closed_hyphens(answer).replace(",", " ")
    clauses = AROUND_HYPHEN.sub(lambda dash: "," if " " in dash[0] else "-", answer)
    named: set[str] = set()
    denied: set[str] = set()
    for name in sorted(filter(None, names), key=lambda name: (-len(name), name)):
        for start, end in occurrences(name, left):
            (denied if is_denied(clauses, start, end) else named).add(name)
            left = f"{left[:start]}{TAKEN * (end - start)}{left[end:]}"
    return named, denied


def occurrences(name: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a name stands, with no word or number cut; a Korean noun may have its particle."""
    for match in re.finditer(" +".join(map(re.escape, name.split(" "))), text):
        start, end = match.span()
        hangs_on = HANGUL_WORD.search(name) and PARTICLE.match(text, end)
        if not cuts(text, start) and (hangs_on or not cuts(text, end)):
            yield start, end


def normalised(text: str) -> str:
    """A text without commas, and with no space around hyphens, after `field` normalisation."""
    # VLMHyperBench strips the commas of classification answers too.
    return closed_hyphens(FIELD(text.replace(",", " ")))


def closed_hyphens(text: str) -> str:
    """A text with no space around hyphens."""
    return AROUND_HYPHEN.sub("-", text)
