"""Outcomes to scores: one for each sample and metric, whatever happens."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vlmhb.domain.answer import Answer, FailedAnswer, Outcome
from vlmhb.domain.run import Evaluation, LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.metrics.attempt import attempt
from vlmhb.metrics.catalog import find
from vlmhb.metrics.interface import Metric
from vlmhb.metrics.judge.judging import NOBODY_JUDGED, JudgedMetric, Verdicts, with_verdict

Scorer: TypeAlias = Callable[[str, Sample], Score | Unscored]
"""Judges an answer to a sample."""

Result: TypeAlias = "Score | Unscored | Failed"

KnownResults: TypeAlias = "Mapping[tuple[str, str, str, str], Score | Failed]"
"""By model, task, sample id and metric."""

NOTHING_KNOWN: KnownResults = {}

LARGEST = 1e100
"""Sums of numbers up to here stay finite in any group."""


def score_evaluation(
    evaluation: Evaluation,
    loaded: LoadedTask,
    outcomes: Mapping[str, Outcome],
    verdicts: Verdicts = NOBODY_JUDGED,
    known: KnownResults = NOTHING_KNOWN,
) -> tuple[SampleScore, ...]:
    """The scores of a model on a task: sample by sample in the task's order, then by metric.

    `verdicts` count for metrics that need a judge. What is in `known` is not made again.

    Raises:
        UsageError: the task names a metric that does not exist.
    """
    metrics = [
        (name, metric, scorer(metric, verdicts))
        for name in loaded.task.metrics.get(evaluation.answers, ())
        for metric in [find(name)]
    ]
    samples = {sample.id: sample for sample in loaded.samples}
    model, task = evaluation.model, evaluation.task
    return tuple(
        SampleScore(
            model=model,
            task=task,
            sample_id=sample_id,
            metric=name,
            result=known.get((model, task, sample_id, name))
            or result_of(metric, score, outcomes.get(request_id), samples[sample_id]),
        )
        for sample_id, request_id in evaluation.requests
        for name, metric, score in metrics
    )


def scorer(metric: Metric, verdicts: Verdicts) -> Scorer:
    """What judges an answer: the metric alone, or with the verdict of a judge."""
    # Asked once for all samples: to look whether an object fits a Protocol takes longer than most
    # metrics do.
    if isinstance(metric, JudgedMetric):
        judged = metric
        return lambda text, sample: with_verdict(judged, text, sample, verdicts)
    return metric.score


def result_of(metric: Metric, score: Scorer, outcome: Outcome | None, sample: Sample) -> Result:
    """What `metric` says about an outcome; None stands for a sample that was not answered yet."""
    match outcome:
        case None:
            return Unscored("not answered yet")
        case Answer(text=text):
            return checked(lambda: score(text, sample))
        case FailedAnswer(reason=reason):
            worst = checked(lambda: metric.worst(sample))
            return Failed(reason.value, worst) if isinstance(worst, Score) else worst


def checked(score: Callable[[], object]) -> Score | Unscored:
    """What `score` returns, or why that is no score: an exception, or not a finite fraction."""
    return attempt(lambda: fraction(score()))


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
