"""The kinds of values there are, and how the kind of a target is told."""

from functools import lru_cache

from vlmhb.domain.sample import Sample
from vlmhb.metrics.fields.bank import ACCOUNT, BIK, KPP
from vlmhb.metrics.fields.date import DATE, date_in
from vlmhb.metrics.fields.inn import INN
from vlmhb.metrics.fields.kind import Kind, Reading
from vlmhb.metrics.fields.money import MONEY, money_in
from vlmhb.metrics.fields.name import NAME
from vlmhb.metrics.fields.ogrn import OGRN
from vlmhb.metrics.fields.passport import PASSPORT
from vlmhb.metrics.fields.phone import PHONE
from vlmhb.metrics.fields.snils import SNILS
from vlmhb.metrics.text.normalize import FIELD


def text_readings(text: str) -> tuple[Reading, ...]:
    """The whole text after `field` normalisation."""
    normalised = FIELD(text)
    return (frozenset({normalised}),) if normalised else ()


TEXT = Kind("text", text_readings, lambda _: False, longest=1_000_000)

LONGEST_VALUE = 200
"""Characters; what is longer is text and no other kind."""
# The order in which a target is tried; what is none of the others is text.
KINDS = (DATE, SNILS, PASSPORT, INN, OGRN, ACCOUNT, BIK, KPP, PHONE, MONEY, NAME, TEXT)
BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(sample: Sample) -> Kind | None:
    """The kind of a sample's values: its `field_type`, or the first that every target can be.

    None for a `field_type` that is not known.
    """
    named = sample.metadata.get("field_type")
    if named is not None:
        return kind_called(str(named), sample.language)
    return kind_told(sample.targets, sample.language)


def kind_called(name: str, language: str) -> Kind | None:
    """The kind of that name, in any case; None when there is none."""
    kind = BY_NAME.get(name.lower())
    return None if kind is None else in_language(kind, language)


@lru_cache(maxsize=4096)  # each value of a list is compared with all of another one
def kind_told(values: tuple[str, ...], language: str) -> Kind:
    """The first kind that each of the values is as a whole."""
    if any(len(value) > LONGEST_VALUE for value in values):
        return TEXT
    told = next((kind for kind in KINDS if all(map(kind.whole, values))), TEXT)
    return in_language(told, language)


def in_language(kind: Kind, language: str) -> Kind:
    """The kind, read as the language writes its values."""
    if kind is DATE:
        return date_in(language)
    return money_in(language) if kind is MONEY else kind
