"""comparison.html: one page that opens without a server and loads nothing from anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vlmhb.comparison import wording
from vlmhb.comparison.changed import ChangedSample, Trend
from vlmhb.comparison.compare import Comparison, TaskComparison
from vlmhb.comparison.gate import Breach
from vlmhb.comparison.side_by_side import SideBySide, side_by_side
from vlmhb.metrics.paired.compare import MetricDelta
from vlmhb.report.heatmap import TITLES
from vlmhb.report.numbers import short
from vlmhb.report.page import content_policy, own_file, page_environment

SHOWN_SAMPLES = 300
"""Of each task: those that lost most and those that gained most."""


@dataclass(frozen=True, slots=True)
class ShownSample:
    """A changed sample with its answers beside each other."""

    changed: ChangedSample
    answers: SideBySide


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One metric by group."""

    title: str
    rows: tuple[MetricDelta, ...]


def comparison_html(found: Comparison, broken: Sequence[Breach]) -> bytes:
    """The page, with its styles and its script inside."""
    own = "vlmhb.comparison"
    style = own_file("vlmhb.report", "report.css") + own_file(own, "compare.css")
    script = own_file(own, "compare.js")
    environment = page_environment(own)
    environment.globals.update(
        short=short,
        words=wording,
        shown_samples=_shown_samples,
        group_tables=_group_tables,
        Trend=Trend,
        as_is=str,
        is_text=lambda value: isinstance(value, str),
    )
    page = environment.get_template("compare.html").render(
        policy=content_policy(style, script),
        style=Markup(style),  # noqa: S704 - files of this program
        script=Markup(script),  # noqa: S704 - a file of this package
        comparison=found,
        breaches=[wording.breach_text(breach) for breach in broken],
    )
    return page.encode()


def _shown_samples(task: TaskComparison) -> list[ShownSample]:
    changed = task.changed
    if len(changed) > SHOWN_SAMPLES:
        half = SHOWN_SAMPLES // 2
        changed = (*changed[:half], *changed[-half:])
    return [ShownSample(one, side_by_side(one.a.text, one.b.text)) for one in changed]


def _group_tables(task: TaskComparison) -> list[GroupTable]:
    """The first metric by each grouping that divides the samples at all."""
    metric = task.tested[0].delta.metric if task.tested else ""
    tables: dict[str, list[MetricDelta]] = {}
    for delta in task.groups:
        if delta.metric == metric:
            tables.setdefault(delta.grouping, []).append(delta)
    return [
        GroupTable(_title(grouping), tuple(rows))
        for grouping, rows in tables.items()
        if len(rows) > 1 or grouping == "general"
    ]


def _title(grouping: str) -> str:
    if grouping == "general":
        return "over all samples"
    keys = grouping.removeprefix("by_").replace("+", " and ")
    return TITLES.get(grouping, f"by {keys}")
