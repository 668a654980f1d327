"""Runs side by side: how much their figures differ, whether by chance, and what may be why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from vlmhb.comparison.aligned import Aligned, align
from vlmhb.comparison.changed import ChangedSample, Trend, changed_samples, other_answers
from vlmhb.comparison.explained import Section, side_differences, task_differences
from vlmhb.comparison.pictures import pictures_of
from vlmhb.comparison.sides import Pairing, Unmatched
from vlmhb.domain.decision import Decision
from vlmhb.domain.score import Direction
from vlmhb.metrics.aggregation.groups import divide
from vlmhb.metrics.paired.compare import MetricDelta, compare_metrics
from vlmhb.metrics.paired.holm import holm

CHANCE = 0.05
"""Adjusted p values below it are no chance."""


class Finding(str, Enum):
    """What a difference says of B."""

    BETTER = "better"
    WORSE = "worse"
    OPEN = "may be chance"
    SAME = "no difference"
    NONE = "no figure"


@dataclass(frozen=True, slots=True)
class Tested:
    """A headline difference, and what it is worth among all that were tested."""

    delta: MetricDelta
    scale: float
    """What figures and differences are shown times."""
    p_holm: float | None = None
    """Adjusted over every headline of the comparison."""

    @property
    def loss(self) -> float | None:
        """By how much B is worse; negative where it is better."""
        value = self.delta.ranked.value
        if value is None:
            return None
        return value if self.delta.direction is Direction.LOWER else -value

    @property
    def unscored_in_b(self) -> int:
        """How many more units B leaves unscored: no figure can say how it does on them."""
        return max(0, self.delta.counts_b.unscored - self.delta.counts_a.unscored)

    @property
    def finding(self) -> Finding:
        """In a word."""
        if self.loss is None:
            return Finding.NONE
        if self.loss == 0:
            return Finding.SAME
        if self.p_holm is None or self.p_holm >= CHANCE:
            return Finding.OPEN
        return Finding.WORSE if self.loss > 0 else Finding.BETTER


@dataclass(frozen=True, slots=True)
class TaskComparison:
    """Two models on one task."""

    task: str
    """As B calls it."""
    task_a: str
    n_samples: int
    only_a: int
    only_b: int
    tested: tuple[Tested, ...]
    """In the order of the task's metrics."""
    groups: tuple[MetricDelta, ...]
    """Not tested: with so many, some differ by chance."""
    metrics_left_out: tuple[str, ...]
    """That only one side was judged by."""
    changed: tuple[ChangedSample, ...]
    n_other_answers: int
    differences: tuple[Section, ...]
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Of the pages of the changed samples that the page shows: sha256 -> absolute path."""

    def count(self, trend: Trend) -> int:
        """How many changed samples went that way."""
        return sum(sample.trend is trend for sample in self.changed)


@dataclass(frozen=True, slots=True)
class PairComparison:
    """Two models on every task that is compared."""

    a: str
    """RUN:MODEL."""
    b: str
    model_a: str
    model_b: str
    tasks: tuple[TaskComparison, ...]
    differences: tuple[Section, ...]
    decision_a: Decision | None = None
    """What was decided about the model in its run, last."""
    decision_b: Decision | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that the documents show."""

    pairs: tuple[PairComparison, ...]
    unpaired: tuple[str, ...] = ()
    """RUN:MODEL of what has no counterpart."""
    unmatched: tuple[Unmatched, ...] = ()
    """Models of A that a run has nothing to compare with."""

    @property
    def n_tests(self) -> int:
        """Tests among which each p is adjusted."""
        return sum(one.delta.p is not None for _, _, one in self.headlines())

    def headlines(self) -> tuple[tuple[PairComparison, TaskComparison, Tested], ...]:
        """All of them with their places."""
        return tuple(
            (pair, task, one) for pair in self.pairs for task in pair.tasks for one in task.tested
        )

    @property
    def pictures(self) -> dict[str, str]:
        """Of every task."""
        tasks = (task for pair in self.pairs for task in pair.tasks)
        return {page: path for task in tasks for page, path in task.pictures.items()}


def compare(
    pairings: Sequence[Pairing],
    days: Mapping[str, str],
    tasks: Sequence[str] = (),
    *,
    intersect: bool = False,
    unpaired: tuple[str, ...] = (),
    unmatched: tuple[Unmatched, ...] = (),
) -> Comparison:
    """Each pair compared, on the `tasks` called so or all that it has.

    `days` are release days by `name==version`; `unpaired` and `unmatched` are what has no
    counterpart.

    Raises:
        UsageError: two sides have not the same samples, and `intersect` is false.
    """
    aligned = [(one, align(one, tasks, intersect=intersect)) for one in pairings]
    return _adjusted(
        Comparison(
            tuple(
                PairComparison(
                    a=pairing.a.label,
                    b=pairing.b.label,
                    model_a=pairing.a.model,
                    model_b=pairing.b.model,
                    tasks=tuple(map(_task, on_tasks)),
                    differences=side_differences(pairing.a, pairing.b, days),
                    decision_a=pairing.a.run.decisions.get(pairing.a.model),
                    decision_b=pairing.b.run.decisions.get(pairing.b.model),
                )
                for pairing, on_tasks in aligned
            ),
            unpaired,
            unmatched,
        )
    )


def _task(aligned: Aligned) -> TaskComparison:
    a, b = aligned.a, aligned.b
    metrics = [name for name in b.metrics if name in a.metrics]
    ids = [sample.id for sample, _ in aligned.samples]
    cells = {
        name: tuple([side.scores(name)[one] for one in ids] for side in (a, b)) for name in metrics
    }
    task = b.loaded.task
    divided = divide([sample for _, sample in aligned.samples], task)
    headlines, groups = compare_metrics(
        {name: (one, other) for name, (one, other) in cells.items()}, divided, task
    )
    changed = changed_samples(aligned, metrics)
    return TaskComparison(
        task=b.task,
        task_a=a.task,
        n_samples=len(ids),
        only_a=aligned.only_a,
        only_b=aligned.only_b,
        tested=tuple(
            Tested(delta, b.side.run.scale_of(b.task, delta.metric)) for delta in headlines
        ),
        groups=groups,
        metrics_left_out=tuple(
            name for name in dict.fromkeys((*a.metrics, *b.metrics)) if name not in metrics
        ),
        changed=changed,
        n_other_answers=other_answers(aligned),
        differences=task_differences(aligned),
        pictures=pictures_of(aligned, changed),
    )


def _adjusted(found: Comparison) -> Comparison:
    adjusted = iter(holm([one.delta.p for _, _, one in found.headlines()]))

    def task(one: TaskComparison) -> TaskComparison:
        return replace(
            one, tested=tuple(replace(each, p_holm=next(adjusted)) for each in one.tested)
        )

    pairs = tuple(replace(pair, tasks=tuple(map(task, pair.tasks))) for pair in found.pairs)
    return replace(found, pairs=pairs)
