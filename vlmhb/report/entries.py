"""The samples of a run, each joined with all that is known about it, in the order of the plan."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from vlmhb.domain.answer import Answer, FailedAnswer, FinishReason, Outcome
from vlmhb.domain.results import Results
from vlmhb.domain.run import Evaluation, Request
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, SampleScore
from vlmhb.domain.task import Task
from vlmhb.report.error_classes.neighbours import NOBODY, Neighbours
from vlmhb.report.error_classes.verdict import Verdict, verdict_of

NOT_ANSWERED = "not_answered"
UNAVAILABLE = "unavailable"
ANSWERED = ("ok", "empty", "truncated")


@dataclass(frozen=True)
class Entry:
    """One sample of one evaluation."""

    evaluation: Evaluation
    task: Task
    sample: Sample
    request: Request
    outcome: Outcome | None
    """None when the request was not answered yet."""
    scores: tuple[SampleScore, ...]
    """In the order the task lists its metrics."""
    unavailable: bool
    """The model could not be evaluated, so nobody waits for an answer."""
    lower: frozenset[str] = frozenset()
    """Metrics of which less is better."""
    neighbours: Neighbours = NOBODY
    """All samples of the task about the same document."""

    @cached_property
    def status(self) -> str:
        """`ok`, `empty`, `truncated`, a failure reason, `not_answered` or `unavailable`."""
        if self.outcome is None and self.unavailable:
            return UNAVAILABLE
        return status_of(self.outcome)

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the answer is right, and what kind of mistake it is where it is not."""
        kind = self.evaluation.answers
        return verdict_of(self.outcome, self.sample, kind, self.scores, self.lower, self.neighbours)


def status_of(outcome: Outcome | None) -> str:
    """What became of a request, in one word."""
    match outcome:
        case None:
            return NOT_ANSWERED
        case FailedAnswer(reason=reason):
            return reason.value
        case Answer(text=text) if not text.strip():
            return "empty"
        case Answer(finish_reason=FinishReason.LENGTH):
            return "truncated"
        case Answer(full_length_chars=None):
            return "ok"
        case Answer():
            return "truncated"


def error_text(outcome: Outcome | None) -> str:
    """`Type: message` of a failure, empty for anything else."""
    if not isinstance(outcome, FailedAnswer):
        return ""
    return f"{outcome.error.type}: {outcome.error.message}"


def entries_of(results: Results) -> tuple[Entry, ...]:
    """Every sample of every evaluation, in the order of the plan."""
    loaded = {task.task.name: task for task in results.tasks}
    samples = {
        (task.task.name, sample.id): sample for task in results.tasks for sample in task.samples
    }
    requests = {
        (model, request.id): request
        for model, sent in results.plan.requests.items()
        for request in sent
    }
    scores = _scores_by_sample(results)
    lower = frozenset(
        each.metric for each in results.summaries if each.direction is Direction.LOWER
    )
    documents = _by_document(results)
    return tuple(
        Entry(
            evaluation=evaluation,
            task=loaded[evaluation.task].task,
            sample=samples[evaluation.task, sample_id],
            request=requests[evaluation.model, request_id],
            outcome=results.outcomes.get(request_id),
            scores=scores.get((evaluation.model, evaluation.task, sample_id), ()),
            unavailable=evaluation.model in results.unavailable,
            lower=lower,
            neighbours=documents[evaluation.task, samples[evaluation.task, sample_id].document],
        )
        for evaluation in results.plan.evaluations
        for sample_id, request_id in evaluation.requests
    )


def _by_document(results: Results) -> dict[tuple[str, str], Neighbours]:
    grouped: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
    for loaded in results.tasks:
        for sample in loaded.samples:
            grouped[loaded.task.name, sample.document].append(sample)
    return {key: Neighbours(tuple(samples)) for key, samples in grouped.items()}


def _scores_by_sample(results: Results) -> dict[tuple[str, str, str], tuple[SampleScore, ...]]:
    ranks = metric_ranks(results)
    grouped: defaultdict[tuple[str, str, str], list[SampleScore]] = defaultdict(list)
    for score in results.scores:
        grouped[score.model, score.task, score.sample_id].append(score)
    return {
        key: tuple(sorted(scores, key=lambda score: (ranks.get(score.metric, 0), score.metric)))
        for key, scores in grouped.items()
    }


def metric_ranks(results: Results) -> dict[str, int]:
    """Metric name -> its place in the order in which the tasks list their metrics."""
    names = [
        name for task in results.tasks for metrics in task.task.metrics.values() for name in metrics
    ]
    return {name: rank for rank, name in enumerate(dict.fromkeys(names))}
