"""Which class an answer names."""

import re
from functools import lru_cache

from vlmhb.metrics.text.field_found import occurs
from vlmhb.metrics.text.normalize import FIELD

LONGEST = 20_000
AROUND = " .,;:!?\"'`*_#()[]{}<>"

AROUND_HYPHEN = re.compile(r" ?-(?: -)* ?")

Choices = tuple[tuple[str, str], ...]


@lru_cache(maxsize=16)  # several metrics read the same answer, one after the other
def named_class(text: str, choices: Choices) -> int | None:
    """The place of the class among the choices; None when none, or more than one, is named.

    An answer that is a class or its title names it, commas and punctuation around aside; so does
    one with other words around it, where a name inside a longer one (`счёт` in `счёт-фактура`)
    does not count.
    """
    answer = normalised(text[:LONGEST]).strip(AROUND)
    names = [(normalised(name), place) for place, pair in enumerate(choices) for name in pair]
    exact = {place for name, place in names if name and name.strip(AROUND) == answer}
    if len(exact) == 1:
        return exact.pop()
    found = {name for name, _ in names if occurs(name, answer)}
    for name in sorted(found, key=len, reverse=True):
        shorter = {other for other in found if other != name and other in name}
        left = answer.replace(name, " ")
        found -= {other for other in shorter if not occurs(other, left)}
    places = {place for name, place in names if name in found}
    return places.pop() if len(places) == 1 else None


def normalised(text: str) -> str:
    """A text without commas, and with no space around hyphens, after `field` normalisation."""
    # VLMHyperBench strips the commas of classification answers too.
    return AROUND_HYPHEN.sub("-", FIELD(text.replace(",", " ")))
