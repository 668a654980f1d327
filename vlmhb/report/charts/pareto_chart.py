"""Quality against one cost, with the line that no model gets beyond."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from vlmhb.domain.score import Direction
from vlmhb.report.charts.axis import Axis, axis_over
from vlmhb.report.charts.cost import (
    MIN_MODELS,
    CostFigure,
    CostRow,
    CostTable,
    Measure,
    told,
)
from vlmhb.report.charts.frame import (
    Frame,
    Spec,
    across,
    as_drawn,
    chart,
    layer,
    name_label,
    pixels,
    upwards,
)
from vlmhb.report.charts.labels import Spot, places_of
from vlmhb.report.charts.palette import Look
from vlmhb.report.charts.pareto import Choice, Directions, stairs
from vlmhb.report.charts.picture import Sketch

FRAME = Frame(width=392, height=216, left=58)
BETTER = {Direction.HIGHER: "more is better", Direction.LOWER: "less is better"}
DIM = 0.5


@dataclass(frozen=True, slots=True)
class _Point:
    row: CostRow
    cost: float
    figure: CostFigure


def pareto_sketch(table: CostTable, place: int, looks: Mapping[str, Look]) -> Sketch | None:
    """The chart of the measure at `place`; None when fewer than two models have the figure."""
    measure = table.measures[place]
    points = [
        _Point(row, figure.value, figure)
        for row in table.rows
        if row.is_compared and (figure := row.figures[place]).value is not None
    ]
    # An axis of a cost starts at 0 or is logarithmic; nothing costs less than nothing.
    points = [point for point in points if point.cost >= 0]
    if len(points) < MIN_MODELS:
        return None
    return Sketch(
        f"{name_label(table.metric)} against {measure.title}",
        _spec(points, table, measure, looks),
        f"task {name_label(table.task)}",
    )


def _spec(
    points: Sequence[_Point], table: CostTable, measure: Measure, looks: Mapping[str, Look]
) -> Spec:
    sides = _Sides.of(points, table, measure)
    steps = _stairs(points, table, measure)
    # On to the edges: everything beyond the line is out of reach.
    steps = ((steps[0][0], sides.worst[1]), *steps, (sides.worst[0], steps[-1][1]))
    x, y = sides.encodings(table, measure)
    rows = [_row(point, table, measure, looks) for point in points]
    layers = [_line(steps, x, y), *_marks(rows, x, y), *_labels(points, steps, table, sides.place)]
    return chart(FRAME, layers)


@dataclass(frozen=True, slots=True)
class _Sides:
    """Both axes; up is better, whatever is measured."""

    cost: Axis
    quality: Axis
    cost_is_lower: bool
    quality_is_lower: bool

    @classmethod
    def of(cls, points: Sequence[_Point], table: CostTable, measure: Measure) -> "_Sides":
        heights = [
            figure * table.scale
            for point in points
            for figure in (point.row.quality, point.row.low, point.row.high)
            if figure is not None
        ]
        return cls(
            axis_over((point.cost for point in points), from_zero=True),
            axis_over(heights, from_zero=False, count=4),
            measure.direction is Direction.LOWER,
            table.direction is Direction.LOWER,
        )

    @property
    def worst(self) -> Spot:
        """The corner where nobody wants to be."""
        return (
            self.cost.end if self.cost_is_lower else self.cost.start,
            self.quality.end if self.quality_is_lower else self.quality.start,
        )

    def place(self, cost: float, quality: float) -> Spot:
        """Pixels of a point."""
        up = self.quality.share(quality)
        down = up if self.quality_is_lower else 1 - up
        return self.cost.share(cost) * FRAME.width, down * FRAME.height

    def encodings(self, table: CostTable, measure: Measure) -> tuple[Spec, Spec]:
        """Those of x and y."""
        scaled = "" if table.scale == 1 else f" ×{table.scale:g}"
        x_title = f"{measure.title}, {BETTER[measure.direction]}"
        y_title = f"{name_label(table.metric)}{scaled}, {BETTER[table.direction]}"
        return (
            across("cost", self.cost, x_title, FRAME),
            upwards("quality", self.quality, y_title, FRAME, is_reversed=self.quality_is_lower),
        )


def _line(steps: Sequence[Spot], x: Spec, y: Spec) -> Spec:
    rows: list[Spec] = [
        {"cost": cost, "quality": quality, "step": step}
        for step, (cost, quality) in enumerate(steps)
    ]
    order: Spec = {"field": "step", "type": "quantitative"}
    return layer("frontier", {"type": "line"}, rows, x=x, y=y, order=order)


def _marks(rows: Sequence[Spec], x: Spec, y: Spec) -> list[Spec]:
    """Points, and the intervals of those that have one."""
    colour = as_drawn("colour")
    dim: Spec = {"field": "opacity", "type": "quantitative", "scale": None}
    return [
        layer(
            "interval",
            {"type": "rule"},
            [row for row in rows if row["low"] is not None],
            x=x,
            y={**y, "field": "low"},
            y2={"field": "high"},
            color=colour,
            opacity=dim,
        ),
        layer(
            "points",
            {"type": "point", "filled": True, "size": 90},
            rows,
            x=x,
            y=y,
            fill=colour,
            opacity=dim,
            shape=as_drawn("shape"),
            description={"field": "text"},
        ),
    ]


def _row(point: _Point, table: CostTable, measure: Measure, looks: Mapping[str, Look]) -> Spec:
    row, look = point.row, looks[point.row.model]
    return {
        "cost": point.cost,
        "quality": row.quality * table.scale,
        "low": None if row.low is None else row.low * table.scale,
        "high": None if row.high is None else row.high * table.scale,
        "colour": look.colour,
        "shape": look.shape,
        "opacity": 1.0 if point.figure.on_frontier else DIM,
        "text": told(row, table, point.figure, measure),
    }


def _stairs(points: Sequence[_Point], table: CostTable, measure: Measure) -> tuple[Spot, ...]:
    choices = [Choice(p.row.model, p.cost, p.row.quality * table.scale) for p in points]
    return stairs(choices, Directions(measure.direction, table.direction))


def _labels(
    points: Sequence[_Point],
    steps: Sequence[Spot],
    table: CostTable,
    place_of: Callable[[float, float], Spot],
) -> list[Spec]:
    """A layer for the names right of their points, and one for those left of them."""
    # Those on the frontier get the best places.
    points = sorted(points, key=lambda point: not point.figure.on_frontier)
    names = [name_label(point.row.model) for point in points]
    spots = [place_of(point.cost, point.row.quality * table.scale) for point in points]
    line = [place_of(*step) for step in steps]
    spans = [
        (place_of(point.cost, row.low * table.scale), place_of(point.cost, row.high * table.scale))
        for point in points
        if (row := point.row).low is not None and row.high is not None
    ]
    lines = [*pairwise(line), *spans]
    places = places_of(spots, names, (FRAME.width, FRAME.height), lines)
    rows: list[Spec] = [
        {"name": name, "left": place.x, "top": place.y, "align": place.align}
        for name, place in zip(names, places, strict=True)
        if place
    ]
    return [
        layer(
            f"names_{align}",
            {"type": "text", "align": align, "baseline": "middle"},
            [row for row in rows if row["align"] == align],
            x=pixels("left"),
            y=pixels("top"),
            text={"field": "name", "type": "nominal"},
        )
        for align in ("left", "right")
        if any(row["align"] == align for row in rows)
    ]
