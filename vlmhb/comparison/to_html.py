"""comparison.html: one page that opens without a server and loads nothing from anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vlmhb.comparison import wording
from vlmhb.comparison.changed import ChangedSample, Trend, both_ends
from vlmhb.comparison.compare import Comparison, TaskComparison
from vlmhb.comparison.gate import Breach, breach_text
from vlmhb.comparison.pictures import FOLDER
from vlmhb.comparison.side_by_side import SideBySide, side_by_side
from vlmhb.metrics.paired.compare import MetricDelta
from vlmhb.report.figures.heatmap import TITLES
from vlmhb.report.numbers import exact, short
from vlmhb.report.page.embedded import NO_PICTURES
from vlmhb.report.page.page import content_policy, own_file, page_environment, script_of
from vlmhb.report.page.page_pictures import picture_name

SHARED_SCRIPTS = ("page", "tables", "embedded")
"""Files of the report's `templates/scripts`."""


@dataclass(frozen=True, slots=True)
class ShownSample:
    """A changed sample with its answers beside each other."""

    changed: ChangedSample
    answers: SideBySide


@dataclass(frozen=True, slots=True)
class PicturedPage:
    """A page of a changed sample that there is a picture of."""

    path: str
    sha256: str
    picture: str
    """Relative to comparison.html."""


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One metric by group."""

    title: str
    rows: tuple[MetricDelta, ...]


def comparison_html(
    found: Comparison, broken: Sequence[Breach], embedded: Mapping[str, str] = NO_PICTURES
) -> bytes:
    """The page, with its styles and its script inside.

    `embedded` has pictures of pages as base64, by the page's sha256: those the page brings along,
    while all others lie beside it.
    """
    own = "vlmhb.comparison"
    style = own_file("vlmhb.report", "report.css") + own_file(own, "compare.css")
    script = _script()
    environment = page_environment(own)
    environment.globals.update(
        short=short,
        exact=exact,
        pictured=_pictured,
        embedded={page: Markup(data) for page, data in embedded.items()},  # noqa: S704 - base64
        words=wording,
        shown_samples=_shown_samples,
        group_tables=_group_tables,
        Trend=Trend,
        as_is=str,
        is_text=lambda value: isinstance(value, str),
    )
    page = environment.get_template("compare.html").render(
        policy=content_policy(style, script, brings_pictures=bool(embedded)),
        style=Markup(style),  # noqa: S704 - files of this program
        script=Markup(script),  # noqa: S704 - a file of this package
        comparison=found,
        breaches=[breach_text(breach) for breach in broken],
    )
    return page.encode()


def _script() -> str:
    """In one strict scope, after the scripts of the report that serve here, too."""
    shared = [own_file("vlmhb.report", f"scripts/{name}.js") for name in SHARED_SCRIPTS]
    own = own_file("vlmhb.comparison", "compare.js")
    return script_of(*shared, own)


def _shown_samples(task: TaskComparison) -> list[ShownSample]:
    return [
        ShownSample(one, side_by_side(one.a.text, one.b.text)) for one in both_ends(task.changed)
    ]


def _pictured(task: TaskComparison, changed: ChangedSample) -> list[PicturedPage]:
    return [
        PicturedPage(page.path, page.sha256, f"{FOLDER}/{picture_name(page.sha256)}")
        for page in changed.sample.pages
        if page.sha256 in task.pictures
    ]


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
