"""Charts of a page: what is to be drawn, and what became of it."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from vlmhb.report.charts.clean_svg import UnknownMarkupError, clean_svg
from vlmhb.report.charts.frame import Spec
from vlmhb.system.chart_drawer import Drawn, NotDrawn

LOG = logging.getLogger(__name__)
NOT_DRAWN = "This chart could not be drawn on the machine that made the report."


@dataclass(frozen=True, slots=True)
class Sketch:
    """A chart that is still to be drawn."""

    title: str
    """What it shows, for those who see it and for those who cannot."""
    spec: Spec
    place: str = ""
    """What tells it from others of its title, for those who cannot see what is around it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as the page shows it."""

    title: str
    svg: Markup | None
    """None when it could not be drawn."""
    note: str = ""
    """What stands in its place."""


def pictures_of(sketches: Mapping[str, Sketch], drawn: Drawn) -> dict[str, Picture]:
    """A picture for each sketch, under its key; one warning for all that could not be drawn."""
    pictures, problems = {}, []
    for (key, sketch), svg in zip(sketches.items(), drawn, strict=True):
        found = (
            svg
            if isinstance(svg, NotDrawn)
            else _cleaned(svg, ", ".join(filter(None, (sketch.title, sketch.place))))
        )
        if isinstance(found, NotDrawn):
            problems.append(found.reason)
            pictures[key] = Picture(sketch.title, None, NOT_DRAWN)
        else:
            pictures[key] = Picture(sketch.title, found)
    _warn(problems, len(sketches))
    return pictures


def _cleaned(svg: str, title: str) -> Markup | NotDrawn:
    try:
        return Markup(clean_svg(svg, title))  # noqa: S704 - what is cleaned holds no markup but its own
    except UnknownMarkupError as error:
        return NotDrawn(str(error))


def _warn(problems: Iterable[str], n_charts: int) -> None:
    reasons = list(problems)
    if reasons:
        LOG.warning(
            "warning: %d of %d charts of report.html could not be drawn: %s",
            len(reasons),
            n_charts,
            "; ".join(dict.fromkeys(reasons)),
        )
