from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.build import answer, failed, loaded, sample, truth
from vlmhb.domain.answer import FailureReason
from vlmhb.domain.run import Evaluation
from vlmhb.domain.score import Direction, Failed, SampleScore, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.errors import UsageError
from vlmhb.metrics.attempt import MAX_CHARS
from vlmhb.metrics.scoring import result_of, score_evaluation
from vlmhb.metrics.text.edit_rate import CER

METRICS = {AnswerKind.REPLY: ("exact_match", "cer"), AnswerKind.PAGE_TEXT: ("field_found",)}
NAN, INFINITY = float("nan"), float("inf")


@dataclass(frozen=True)
class Whatever:
    """A metric that does as it is told."""

    act: Callable[[], object]
    name: str = "whatever"
    title: str = ""
    summary: str = ""
    normalisation: str = "raw"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text, sample):
        return self.act()

    def worst(self, sample):
        return self.act()


def evaluation(*requests: tuple[str, str], answers: AnswerKind = AnswerKind.REPLY) -> Evaluation:
    return Evaluation("m", "fields", answers, requests)


def judged(metric: Whatever, outcome, sample):
    return result_of(metric, metric.score, outcome, sample)


def raising(error: BaseException) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


def test_every_sample_and_metric_gets_one_score_in_order():
    scores = score_evaluation(
        evaluation(("2", "r2"), ("1", "r1")),
        loaded((sample(1), sample(2)), metrics=METRICS),
        {"r1": answer("r1", "target 1"), "r2": answer("r2", "target 1")},
    )

    assert (
        SampleScore("m", "fields", "2", "exact_match", Score(0, 1)),
        SampleScore("m", "fields", "2", "cer", Score(1, 8)),
        SampleScore("m", "fields", "1", "exact_match", Score(1, 1)),
        SampleScore("m", "fields", "1", "cer", Score(0, 8)),
    ) == scores


def test_the_kind_of_answer_decides_the_metrics():
    scores = score_evaluation(
        evaluation(("1", "r1"), answers=AnswerKind.PAGE_TEXT),
        loaded((sample(1),), metrics=METRICS),
        {"r1": answer("r1", "the target 1 of 2")},
    )

    assert (SampleScore("m", "fields", "1", "field_found", Score(1, 1)),) == scores


def test_a_kind_without_metrics_has_no_scores():
    scores = score_evaluation(
        evaluation(("1", "r1"), answers=AnswerKind.PAGE_TEXT),
        loaded((sample(1),), metrics={AnswerKind.REPLY: ("cer",)}),
        {"r1": answer()},
    )

    assert () == scores


def test_samples_may_share_an_answer():
    scores = score_evaluation(
        evaluation(("1", "r"), ("2", "r")),
        loaded((sample(1), sample(2)), metrics={AnswerKind.REPLY: ("exact_match",)}),
        {"r": answer("r", "target 2")},
    )

    assert [Score(0, 1), Score(1, 1)] == [score.result for score in scores]


def test_an_unknown_metric_is_refused():
    with pytest.raises(UsageError, match="did you mean cer"):
        score_evaluation(
            evaluation(("1", "r1")),
            loaded((sample(1),), metrics={AnswerKind.REPLY: ("cerr",)}),
            {},
        )


def test_a_missing_outcome_is_unscored():
    assert Unscored("not answered yet") == result_of(CER, CER.score, None, truth("кот"))


def test_a_failed_answer_keeps_its_reason_and_the_worst_score():
    outcome = failed(reason=FailureReason.TIMEOUT)

    assert Failed("timeout", Score(3, 3)) == result_of(CER, CER.score, outcome, truth("кот"))


def test_a_failed_answer_to_a_sample_without_target_is_unscored():
    """There is nothing it could have been scored against."""
    assert Unscored("no target has any text") == result_of(CER, CER.score, failed(), truth(""))


@pytest.mark.parametrize("outcome", [answer(), failed()])
@pytest.mark.parametrize(
    "error", [ZeroDivisionError("no words"), KeyError("x"), RecursionError("deep"), MemoryError()]
)
def test_a_metric_that_raises_costs_its_own_score_only(outcome, error):
    result = judged(Whatever(raising(error)), outcome, truth("кот"))

    assert Unscored(f"metric failed: {type(error).__name__}: {error}") == result


class Unprintable(Exception):  # noqa: N818 - named as it is
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (Unprintable(), "Unprintable: (no text: RuntimeError)"),
        (ValueError("x" * 1_000_000), f"ValueError: {'x' * MAX_CHARS}…"),
    ],
    ids=["exit", "unprintable", "endless"],
)
def test_whatever_a_metric_raises_is_a_short_reason(error: BaseException, told: str):
    result = judged(Whatever(raising(error)), answer(), truth("кот"))

    assert Unscored(f"metric failed: {told}") == result


def test_an_interrupt_is_not_a_failed_metric():
    with pytest.raises(KeyboardInterrupt):
        judged(Whatever(raising(KeyboardInterrupt())), answer(), truth("кот"))


@pytest.mark.parametrize(
    "score",
    [
        Score(NAN, 1),
        Score(1, NAN),
        Score(INFINITY, 1),
        Score(-INFINITY, 1),
        Score(1, INFINITY),
        Score(1, 0),
        Score(1, -1),
        Score(1e300, 1),
        Score(1, 1e-300),
        Score(0, 1, (1.0, NAN)),
        Score(0, 1, (INFINITY, 1.0)),
        Score(0, 0, (1e300,)),
        None,
        0.5,
        replace(Score(0, 1), numerator="a few"),  # type: ignore[arg-type]
    ],
)
@pytest.mark.parametrize("outcome", [answer(), failed()])
def test_what_is_no_finite_fraction_is_unscored(score, outcome):
    result = judged(Whatever(lambda: score), outcome, truth("кот"))

    assert isinstance(result, Unscored)
    assert result.reason.startswith("metric failed: ")


@pytest.mark.parametrize(
    "score", [Score(0, 0), Score(0, 0, (0, 2)), Score(-1, 2), Score(7, 2), Score(0.1, 0.2)]
)
def test_a_fraction_of_nothing_and_one_outside_of_0_to_1_are_scores(score):
    """A true negative adds nothing to F1, a rank correlation can be negative, a CER above 1."""
    assert score == judged(Whatever(lambda: score), answer(), truth("кот"))


def test_what_is_no_score_is_unscored_and_said_to_be_none():
    result = judged(Whatever(lambda: 0.5), answer(), truth("кот"))

    reason = "metric failed: TypeError: got float, expected a Score or Unscored"
    assert Unscored(reason) == result


def test_numbers_of_other_types_become_floats():
    """They would not survive the way into JSON."""
    result = judged(Whatever(lambda: Score(True, 2, (1,))), answer(), truth("кот"))

    assert isinstance(result, Score)
    numbers = (result.numerator, result.denominator, *result.counts)
    assert [float] * 3 == [type(number) for number in numbers]
