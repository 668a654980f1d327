"""Limits on how much worse a metric may get."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from vlmhb.comparison.compare import Comparison, PairComparison, TaskComparison, Tested
from vlmhb.errors import UsageError

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
    pair: PairComparison
    task: TaskComparison
    tested: Tested
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
    unscored than before does not pass, for a figure without the hard samples says nothing.

    Raises:
        UsageError: a limit is on a metric that is not compared, or not on every task.
    """
    headlines = found.headlines()
    known = list(dict.fromkeys(one.delta.metric for _, _, one in headlines))
    for limit in limits:
        if limit.metric not in known:
            raise _unknown(limit, known)
        for pair in found.pairs:
            for task in pair.tasks:
                if limit.metric in task.metrics_left_out:
                    raise _of_one_side(limit, task)
    return tuple(
        Breach(limit, pair, task, one, problem)
        for limit in limits
        for pair, task, one in headlines
        if one.delta.metric == limit.metric
        for problem in [_problem(one)]
        if problem or (one.loss or 0.0) > limit.most + ROUNDING
    )


def _problem(one: Tested) -> str:
    if one.delta.problem:
        return one.delta.problem
    if one.loss is None:
        return "no sample has a figure on both sides"
    if one.unscored_in_b:
        return f"B leaves {one.unscored_in_b} more unscored than A"
    return ""


def _of_one_side(limit: Limit, task: TaskComparison) -> UsageError:
    return UsageError(
        f"cannot check --fail-on-regression {limit.metric}={limit.most:g}",
        f'on {task.task}, only one side is judged by "{limit.metric}"',
        expected="a metric of both sides",
        next_step="score both runs with it: vlmhb score RUN --metrics NAME",
    )


def _unknown(limit: Limit, known: Sequence[str]) -> UsageError:
    near = get_close_matches(limit.metric, known, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return UsageError(
        f"cannot check --fail-on-regression {limit.metric}={limit.most:g}",
        f'"{limit.metric}" is none of the metrics that are compared{hint}',
        expected=" or ".join(known) or "a metric that judges both sides",
        next_step="score both runs with it: vlmhb score RUN --metrics NAME",
    )
