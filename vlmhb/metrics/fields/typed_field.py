"""Whether an answer says what a field of a document says, however either is written."""

from dataclasses import dataclass

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.fields.kind import Kind, Reading, reading
from vlmhb.metrics.fields.kinds import BY_NAME, kind_of


@dataclass(frozen=True, slots=True)
class TypedField:
    """1 when answer and target can mean the same, else 0."""

    name: str = "typed_field"
    title: str = "Field, by type"
    summary: str = (
        "Share of answers that mean what a target means, however they write it: the same day, "
        "amount, number or person. An answer that cannot be read as such a value is wrong."
    )
    normalisation: str = "by type of field"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """1 or 0 of 1, by the best target that can be read."""
        truths = truths_of(sample)
        if isinstance(truths, Unscored):
            return truths
        kind, meanings = truths
        said = reading(kind, text)
        right = said is not None and any(kind.agree(said, truth) for truth in meanings)
        return Score(float(right), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1."""
        truths = truths_of(sample)
        return truths if isinstance(truths, Unscored) else Score(0, 1)


def truths_of(sample: Sample) -> tuple[Kind, tuple[Reading, ...]] | Unscored:
    """The kind of a sample's values, and what its targets mean."""
    if not sample.targets:
        return Unscored("the sample has no target")
    kind = kind_of(sample)
    if kind is None:
        given = sample.metadata["field_type"]
        return Unscored(f'unknown field_type "{given}"; known: {", ".join(BY_NAME)}')
    read = (reading(kind, target) for target in sample.targets)
    meanings = tuple(meaning for meaning in read if meaning is not None)
    if not meanings:
        return Unscored(f"no target can be read as {kind.name}")
    return kind, meanings


TYPED_FIELD = TypedField()
