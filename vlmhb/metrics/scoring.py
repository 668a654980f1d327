"""Outcomes to scores: one for each sample and metric, whatever happens."""

from collections.abc import Callable, Mapping

from vlmhb.domain.answer import Answer, FailedAnswer, Outcome
from vlmhb.domain.run import Evaluation, LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.metrics.catalog import find
from vlmhb.metrics.interface import Metric

LARGEST = 1e100
"""Sums of numbers up to here stay finite in any group."""


def score_evaluation(
    evaluation: Evaluation, loaded: LoadedTask, outcomes: Mapping[str, Outcome]
) -> tuple[SampleScore, ...]:
    """The scores of a model on a task: sample by sample in the task's order, then by metric.

    Raises:
        UsageError: the task names a metric that does not exist.
    """
    metrics = [(name, find(name)) for name in loaded.task.metrics.get(evaluation.answers, ())]
    samples = {sample.id: sample for sample in loaded.samples}
    return tuple(
        SampleScore(
            model=evaluation.model,
            task=evaluation.task,
            sample_id=sample_id,
            metric=name,
            result=judge(metric, outcomes.get(request_id), samples[sample_id]),
        )
        for sample_id, request_id in evaluation.requests
        for name, metric in metrics
    )


def judge(metric: Metric, outcome: Outcome | None, sample: Sample) -> Score | Unscored | Failed:
    """What `metric` says about an outcome; None stands for a sample that was not answered yet."""
    match outcome:
        case None:
            return Unscored("not answered yet")
        case Answer(text=text):
            return checked(lambda: metric.score(text, sample))
        case FailedAnswer(reason=reason):
            worst = checked(lambda: metric.worst(sample))
            return Failed(reason.value, worst) if isinstance(worst, Score) else worst


def checked(score: Callable[[], object]) -> Score | Unscored:
    """What `score` returns, or why that is no score: an exception, or not a finite fraction."""
    # Broad, because metrics also come from other packages: what those raise cannot be listed, and
    # one bad metric on one sample must not cost the other scores of a run that took hours.
    try:
        return fraction(score())
    except Exception as error:  # noqa: BLE001
        return Unscored(f"metric failed: {type(error).__name__}: {error}")


def fraction(score: object) -> Score | Unscored:
    """`score` with plain floats, its counts included.

    Raises:
        TypeError: it is neither a Score nor Unscored.
        ValueError: it is NaN or infinite, or sums over it could be.
    """
    if isinstance(score, Unscored):
        return score
    if not isinstance(score, Score):
        raise TypeError(f"got {type(score).__name__}, expected a Score or Unscored")
    numerator, denominator = float(score.numerator), float(score.denominator)
    counts = tuple(map(float, score.counts))
    if not all(abs(number) <= LARGEST for number in (numerator, *counts)):
        raise ValueError(f"{numerator} / {denominator} with counts {counts} is not finite")
    if numerator == denominator == 0 or 1 / LARGEST <= denominator <= LARGEST:
        return Score(numerator, denominator, counts)
    raise ValueError(f"{numerator} / {denominator} is not a finite fraction")
