"""F1 over the key and value pairs of a JSON answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.fields.typed_field import BY_TYPE
from vlmhb.metrics.structured.json_answer import NoJson, json_of, strict
from vlmhb.metrics.structured.pairs import Same, equal, pairs, shared
from vlmhb.metrics.structured.typed_values import same_by_type
from vlmhb.metrics.text.normalize import FIELD

NO_TARGET = Unscored("no target is a JSON object or array")

target_of = lru_cache(maxsize=64)(strict)


def same_by_text(_: Sample) -> Same:
    """Whether two values are equal as text or number, in every sample."""
    return equal


@dataclass(frozen=True, slots=True)
class KieF1:
    """Pairs that answer and target share, twice, over the pairs of both."""

    name: str
    title: str
    summary: str
    per_sample: bool
    """Whether each sample counts as one, however many pairs it has."""
    comparison: Callable[[Sample], Same | Unscored] = same_by_text
    """Gives what tells whether the values of two pairs say the same."""
    normalisation: str = FIELD.name
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """With the target that gives the highest F1, the first of equals."""
        same = self.comparison(sample)
        if isinstance(same, Unscored):
            return same
        found = json_of(text)
        answer = None if isinstance(found, NoJson) else found.value
        scores = [pairs_f1(target, answer, same) for target in targets(sample)]
        if not scores:
            return NO_TARGET
        if self.per_sample and isinstance(found, NoJson):
            return Score(0, 1)
        best = max(scores, key=own_value)
        return Score(own_value(best), 1) if self.per_sample else best

    def worst(self, sample: Sample) -> Score | Unscored:
        """As for an answer without any JSON, which is 0 of 1 for each document."""
        return self.score("", sample)


def targets(sample: Sample) -> tuple[Json, ...]:
    """The targets that are JSON objects or arrays."""
    values = map(target_of, sample.targets)
    return tuple(value for value in values if value is not None)


def pairs_f1(target: Json, answer: Json, same: Same) -> Score:
    """2 TP over 2 TP + FP + FN; 0 of 0 where neither has a pair."""
    return Score(2 * shared(target, answer, same), pairs(target) + pairs(answer))


def own_value(score: Score) -> float:
    """A sample's F1: 1 where nothing was to be found and nothing was."""
    return 1.0 if score.value is None else score.value


KIE_F1 = KieF1(
    "kie_f1",
    "Field F1",
    "F1 over the key and value pairs of JSON answers, all pairs of all samples alike; items of "
    "lists are paired in the best way.",
    per_sample=False,
)
KIE_F1_DOCUMENT = KieF1(
    "kie_f1_document",
    "Field F1, mean of answers",
    "Mean over the answers of the F1 over their key and value pairs; items of lists are paired in "
    "the best way.",
    per_sample=True,
)
KIE_F1_TYPED = KieF1(
    "kie_f1_typed",
    "Field F1, by type",
    "F1 over the key and value pairs of JSON answers, all pairs of all samples alike, where dates, "
    "amounts, numbers and names are right however they are written.",
    per_sample=False,
    comparison=same_by_type,
    normalisation=BY_TYPE,
)
