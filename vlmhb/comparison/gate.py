"""Limits on how much worse a metric may get."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from vlmhb.comparison.compare import Comparison, PairComparison, TaskComparison, Tested
from vlmhb.comparison.wording import p_text, span, task_title
from vlmhb.errors import UsageError
from vlmhb.report.numbers import short
from vlmhb.report.text import one_line

ROUNDING = 1e-9
"""Of a loss: sums of floats that are equal by hand differ by less."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The loss that a metric may have and still pass."""

    metric: str
    most: float
    """In the metric's own unit, before a task's scale."""


@dataclass(frozen=True, slots=True)
class Breach:
    """A metric that does not pass."""

    limit: Limit
    a: str
    """RUN:MODEL."""
    b: str
    """RUN:MODEL, or RUN where it has no such model."""
    task: str = ""
    """Both names where they differ; empty where no task was compared."""
    tested: Tested | None = None
    """None where there is nothing to compare."""
    problem: str = ""
    """Why nobody can say whether it passes; empty where it got worse."""


def limit_of(text: str) -> Limit:
    """What METRIC=LOSS means.

    Raises:
        ValueError: it is nothing of the kind.
    """
    metric, equals, most = text.rpartition("=")
    try:
        loss = float(most)
    except ValueError:
        loss = math.nan
    if not (equals and metric.strip() and 0 <= loss < math.inf):
        raise ValueError(f"{text!r} is not METRIC=LOSS with a loss of 0 or more, e.g. cer=0.01")
    return Limit(metric.strip(), loss)


def breaches(found: Comparison, limits: Sequence[Limit]) -> tuple[Breach, ...]:
    """Every metric that got worse by more than its limit, and every one that cannot be judged.

    The figures are those that decide ranks: failures count as wrong. What leaves more samples
    unscored than before does not pass, for a figure without the hard samples says nothing; nor
    does a metric or a model of A that B has not.

    Raises:
        UsageError: a limit is on a metric that judges nothing on either side.
    """
    tasks = [task for pair in found.pairs for task in pair.tasks]
    left_out = [name for task in tasks for name in task.metrics_left_out]
    compared = [one.delta.metric for task in tasks for one in task.tested]
    known = list(dict.fromkeys((*compared, *left_out)))
    for limit in limits:
        if limit.metric not in known:
            raise _unknown(limit, known)
    return tuple(breach for limit in limits for breach in _broken(found, limit))


def _broken(found: Comparison, limit: Limit) -> Iterator[Breach]:
    for pair in found.pairs:
        for task in pair.tasks:
            yield from _on_task(pair, task, limit)
    for one in found.unmatched:
        yield Breach(limit, one.a, one.b, problem="B has no such model")


def _on_task(pair: PairComparison, task: TaskComparison, limit: Limit) -> Iterator[Breach]:
    title = task_title(task)
    if limit.metric in task.metrics_left_out:
        yield Breach(limit, pair.a, pair.b, title, problem="it judges one side only")
    for one in task.tested:
        if one.delta.metric == limit.metric:
            problem = _problem(one)
            if problem or (one.loss or 0.0) > limit.most + ROUNDING:
                yield Breach(limit, pair.a, pair.b, title, one, problem)


def _problem(one: Tested) -> str:
    if one.delta.problem:
        return one.delta.problem
    if one.loss is None:
        return "no sample has a figure on both sides"
    if one.unscored_in_b:
        return f"B leaves {one.unscored_in_b} more unscored than A"
    return ""


def _unknown(limit: Limit, known: Sequence[str]) -> UsageError:
    near = get_close_matches(limit.metric, known, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return UsageError(
        f"cannot check --fail-on-regression {limit.metric}={limit.most:g}",
        f'"{limit.metric}" is none of the metrics that are compared{hint}',
        expected=" or ".join(known) or "a metric that judges both sides",
        next_step="score both runs with it: vlmhb score RUN --metrics NAME",
    )


def breach_text(breach: Breach) -> str:
    """Which metric did not pass, by how much, and how sure that is. In one line."""
    tested = breach.tested
    on = f" on {one_line(breach.task)}" if breach.task else ""
    where = f"{one_line(breach.limit.metric)}{on}, {one_line(breach.a)} -> {one_line(breach.b)}"
    if breach.problem or tested is None:
        return f"cannot be judged: {where}: {one_line(breach.problem)}"
    ranked = tested.delta.ranked
    return (
        f"regression: {where}: {short(ranked.a)} -> {short(ranked.b)}, worse by "
        f"{tested.loss or 0.0:.4g}, allowed {breach.limit.most:g}; 95 % interval of B - A: "
        f"{span(ranked) or 'no interval'}; p {p_text(tested.delta.p)}, Holm {p_text(tested.p_holm)}"
    )
