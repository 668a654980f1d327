"""Whether an answer says what a field of a document says, however either is written."""

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Unscored
from vlmhb.metrics.fields.kind import Kind, Reading, reading
from vlmhb.metrics.fields.kinds import BY_NAME, kind_of
from vlmhb.metrics.right import Right, Rightness

BY_TYPE = "by type of field"


def means_target(text: str, sample: Sample) -> Rightness:
    """Whether an answer can mean what a target that can be read means."""
    truths = truths_of(sample)
    if isinstance(truths, Unscored):
        return truths
    kind, meanings = truths
    said = reading(kind, text)
    return said is not None and any(kind.agree(said, truth) for truth in meanings)


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


TYPED_FIELD = Right(
    "typed_field",
    "Field, by type",
    "Share of answers that mean what a target means, however they write it: the same day, amount, "
    "number or person. An answer that cannot be read as such a value is wrong.",
    BY_TYPE,
    means_target,
)
