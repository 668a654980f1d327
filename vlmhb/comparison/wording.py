"""Figures of a comparison in words, the same in every document."""

from collections.abc import Callable

from vlmhb.comparison.compare import Finding, TaskComparison, Tested
from vlmhb.domain.decision import Decision
from vlmhb.metrics.paired.compare import Counts, Delta, MetricDelta
from vlmhb.report.numbers import short
from vlmhb.report.tables.to_text import heading
from vlmhb.report.text import one_line

FIGURES = (
    "Differences are B minus A, over the units that both sides have an answer or a failure for; "
    "failures count as wrong, as for ranks. In brackets: 95 % bootstrap interval, whole documents "
    "drawn, the same for both sides."
)
ANSWERED = "Both answered: the same without failures, over what is scored on both sides."
TESTS = (
    "p: chance of a difference as large were the sides alike, by swapping the sides of whole "
    "documents. Holm: p adjusted for {n} tests; below 0.05 the finding is better or worse. "
    "McNemar: exact, for metrics of right and wrong, with units as if independent; in brackets "
    "how many only A and only B has right."
)
GROUPS = "Groups are not tested: among so many, some differ by chance."


def tests_note(n_tests: int) -> str:
    """What the columns of p values mean."""
    return TESTS.format(n=n_tests)


def signed(value: float | None, scale: float = 1.0) -> str:
    """A difference with its sign; a dash where there is none."""
    if value is None or not value:
        return short(value if value is None else 0.0, scale)
    return f"{'+' if value > 0 else '−'}{short(abs(value), scale)}"


def span(delta: Delta, scale: float = 1.0) -> str:
    """`−0.012 to +0.034`; empty without an interval."""
    if delta.ci_low is None or delta.ci_high is None:
        return ""
    return f"{signed(delta.ci_low, scale)} to {signed(delta.ci_high, scale)}"


def difference(delta: Delta, scale: float = 1.0) -> str:
    """`+0.011 [−0.012 to +0.034]`."""
    interval = span(delta, scale)
    return signed(delta.value, scale) + (f" [{interval}]" if interval else "")


def p_text(p: float | None) -> str:
    """Three significant digits; a dash where nothing was tested."""
    if p is None:
        return "–"
    return "<0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def mcnemar_text(delta: MetricDelta) -> str:
    """`0.021 (4, 13)`; a dash for metrics that are not right or wrong."""
    found = delta.mcnemar
    return f"{p_text(found.p)} ({found.only_a}, {found.only_b})" if found else "–"


def counts_text(counts: Counts) -> str:
    """`24 scored, 1 failed`; what there is none of is left out."""
    parts = {"scored": counts.scored, "failed": counts.failed, "unscored": counts.unscored}
    told = [f"{count} {what}" for what, count in parts.items() if count or what == "scored"]
    return ", ".join(told)


def title(tested: Tested, name: Callable[[str], str] = one_line) -> str:
    """The metric, which way is better, and what it is shown times; `name` writes it safely."""
    return heading(name(tested.delta.metric), tested.delta.direction, tested.scale)


def finding_text(tested: Tested) -> str:
    """The finding, and what it leaves out."""
    more = f"; {tested.unscored_in_b} more unscored in B" if tested.unscored_in_b else ""
    return f"{tested.finding.value}{more}"


def mark(tested: Tested) -> str:
    """A class of styles."""
    return {Finding.BETTER: "good", Finding.WORSE: "bad"}.get(tested.finding, "")


def task_title(task: TaskComparison) -> str:
    """Both names where they differ."""
    return task.task if task.task == task.task_a else f"{task.task_a} → {task.task}"


def samples_text(task: TaskComparison, name: Callable[[str], str] = one_line) -> str:
    """Over which samples and what of them, and what is left out; `name` writes names safely."""
    told = f"{task.n_samples} samples in both"
    if task.only_a or task.only_b:
        told += f"; left out: {task.only_a} only in A, {task.only_b} only in B"
    for grouping in dict.fromkeys(one.delta.grouping for one in task.tested):
        if grouping != "general":
            told += f"; figures are means over groups that count alike: {name(grouping)}"
    for one in task.tested:
        if one.delta.unit != "sample":
            told += f"; {name(one.delta.metric)} counts: {name(one.delta.unit)}"
    if task.metrics_left_out:
        told += f"; metrics of one side only: {', '.join(map(name, task.metrics_left_out))}"
    return told


def decided_text(decision: Decision | None) -> str:
    """` (chosen: why)`, or ` (chosen)`; empty where nothing was decided."""
    if decision is None:
        return ""
    note = f": {one_line(decision.note)}" if decision.note else ""
    return f" ({decision.state.words}{note})"
