"""Which of a document's expected values stand somewhere on the page, for engines that read it."""

from collections.abc import Iterator
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.structured.json_answer import NoJson, json_of
from vlmhb.metrics.structured.kie_f1 import NO_TARGET, targets
from vlmhb.metrics.structured.pairs import is_list, is_object, normal_text
from vlmhb.metrics.text.field_found import normalised_page, occurs
from vlmhb.metrics.text.normalize import FIELD


@dataclass(frozen=True, slots=True)
class ValuesFound:
    """Values of a JSON target that occur in the answer, over all its values."""

    name: str = "values_found"
    title: str = "Values found"
    summary: str = (
        "Share of the values of a JSON target that stand somewhere in the answer, not cut out of a "
        "longer word or number; which key they belong to is not looked at."
    )
    normalisation: str = FIELD.name
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """With the target most of whose values are there, the first of equals."""
        page = normalised_page(text)
        answer = json_of(text)
        if not isinstance(answer, NoJson):
            # As JSON writes it, `"ООО \\"Ромашка\\""` is not what it says.
            page = "\n".join((page, *values(answer.value)))
        scores = [_found(tuple(values(target)), page) for target in targets(sample)]
        return max(scores, key=lambda score: score.value or 0.0) if scores else NO_TARGET

    def worst(self, sample: Sample) -> Score | Unscored:
        """As for an empty page."""
        return self.score("", sample)


def values(target: Json) -> Iterator[str]:
    """Every text and number in it, normalised; true, false and null are not printed as such."""
    if is_object(target):
        for inner in target.values():
            yield from values(inner)
    elif is_list(target):
        for inner in target:
            yield from values(inner)
    elif not isinstance(target, bool) and (text := normal_text(target)):
        yield text


def _found(wanted: tuple[str, ...], page: str) -> Score:
    return Score(sum(occurs(value, page) for value in wanted), len(wanted))


VALUES_FOUND = ValuesFound()
