"""How long answers took, by model: boxes on an axis of seconds."""

from collections.abc import Mapping, Sequence

from vlmhb.report.charts.axis import Axis, axis_over
from vlmhb.report.charts.frame import (
    Frame,
    Spec,
    across,
    as_drawn,
    chart,
    full_name,
    layer,
    name_label,
    pixels,
)
from vlmhb.report.charts.palette import Look
from vlmhb.report.charts.picture import Sketch
from vlmhb.report.figures.spread import Spread
from vlmhb.report.figures.timing import ModelTiming
from vlmhb.report.numbers import seconds

MIN_MEASURED = 10
"""Fewer measurements are a list, not a distribution: the table has them."""
MAX_MODELS = 40
ROW_PX = 30
BOX_PX = 12
LEFT_PX = 196
WIDTH_PX = 400
MEASURES = {
    "page": "Seconds per page",
    "total": "Seconds per request",
    "first_token": "Seconds to the first token",
    "load": "Seconds to load the model",
}
"""Attribute of a model's timing -> what its chart shows, in this order."""
FEW_LOADS = 1
"""Loading happens a few times only, and each of them is worth seeing."""


def latency_sketches(
    timings: Sequence[ModelTiming], looks: Mapping[str, Look]
) -> dict[str, Sketch]:
    """By measure; those that no model has enough measurements of are left out."""
    sketches = {}
    for measure, title in MEASURES.items():
        least = FEW_LOADS if measure == "load" else MIN_MEASURED
        rows = [
            (timing.model, spread)
            for timing in timings
            if (spread := getattr(timing, measure)) is not None and spread.n >= least
        ][:MAX_MODELS]
        enough = len(rows) > 1 if measure == "load" else bool(rows)
        # Where each request has one page the same chart would stand there twice.
        if enough and not (measure == "total" and _are_single_pages(timings)):
            sketches[measure] = _boxes(title, rows, looks)
    return sketches


def _are_single_pages(timings: Sequence[ModelTiming]) -> bool:
    return all(timing.page == timing.total for timing in timings)


def _boxes(title: str, rows: Sequence[tuple[str, Spread]], looks: Mapping[str, Look]) -> Sketch:
    frame = Frame(WIDTH_PX, ROW_PX * len(rows), LEFT_PX, top=8)
    figures = [figure for _, spread in rows for figure in (spread.p05, spread.p50, spread.p99)]
    axis = axis_over(figures, from_zero=True)
    values = [_row(name, spread, place, looks, axis) for place, (name, spread) in enumerate(rows)]
    x = across("p50", axis, title, frame)
    layers = [_pointed_at(values), *_marks(values, x), _names(values)]
    return Sketch(f"{title}, by model", chart(frame, layers))


def _pointed_at(values: Sequence[Spec]) -> Spec:
    """All of a row, unseen: a box may be as thin as a line."""
    return layer(
        "rows",
        {"type": "rect"},
        values,
        x={"value": 0},
        x2={"value": WIDTH_PX},
        y=pixels("top"),
        y2={"field": "bottom"},
        description={"field": "text"},
    )


def _marks(values: Sequence[Spec], x: Spec) -> list[Spec]:
    colour, middle = as_drawn("colour"), pixels("middle")
    height: Spec = {"y": pixels("box_top"), "y2": {"field": "box_bottom"}}
    return [
        layer(
            "whisker",
            {"type": "rule"},
            values,
            x={**x, "field": "p05"},
            x2={"field": "p95"},
            y=middle,
            color=colour,
        ),
        layer(
            "box",
            {"type": "rect"},
            values,
            x={**x, "field": "p25"},
            x2={"field": "p75"},
            fill=colour,
            **height,
        ),
        layer("median", {"type": "rule"}, values, x=x, **height),
        layer(
            "slowest",
            {"type": "point", "filled": True, "size": 26},
            values,
            x={**x, "field": "p99"},
            y=middle,
            fill=colour,
        ),
    ]


def _names(values: Sequence[Spec]) -> Spec:
    return layer(
        "names",
        {"type": "text", "align": "right", "baseline": "middle"},
        values,
        x={"value": -10},
        y=pixels("middle"),
        text={"field": "name", "type": "nominal"},
    )


def _row(name: str, spread: Spread, place: int, looks: Mapping[str, Look], axis: Axis) -> Spec:
    middle = ROW_PX * (place + 0.5)
    # A logarithmic axis has no place for 0.
    at_least = axis.start if axis.is_log else 0.0
    return {
        "name": name_label(name),
        "text": _told(full_name(name), spread),
        "colour": looks[name].colour,
        "middle": middle,
        "top": ROW_PX * place + 1,
        "bottom": ROW_PX * (place + 1) - 1,
        "box_top": middle - BOX_PX / 2,
        "box_bottom": middle + BOX_PX / 2,
        "p05": max(at_least, spread.p05),
        "p25": max(at_least, spread.p25),
        "p50": max(at_least, spread.p50),
        "p75": max(at_least, spread.p75),
        "p95": max(at_least, spread.p95),
        "p99": max(at_least, spread.p99),
    }


def _told(name: str, spread: Spread) -> str:
    return "\n".join(
        (
            name,
            f"median {seconds(spread.p50)}",
            f"middle half {seconds(spread.p25)} to {seconds(spread.p75)}",
            f"p95 {seconds(spread.p95)}, p99 {seconds(spread.p99)}",
            f"{spread.n} measured",
        )
    )
