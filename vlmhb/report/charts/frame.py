"""What every chart's spec has in common: sizes that no text changes, and quiet axes.

Vega arranges a chart by measuring its texts with fonts of the machine. So nothing here is arranged
by it: the plot has a fixed size and place, labels are never left out or cut to fit, and titles have
a fixed place. The same run then gives the same picture everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeAlias

from vlmhb.domain.digest import Json
from vlmhb.report.charts.axis import Axis
from vlmhb.report.text import one_line, shortened, width

Spec: TypeAlias = dict[str, Json]
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
NAME_COLUMNS = 26
NAME_CHARS = 120
LABEL_PX = 11
NUMBER = "'' + datum.value"
"""How ticks are written: as they are, since they are round."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Pixels of a plot and of what is around it."""

    width: int
    height: int
    left: int
    top: int = 30
    right: int = 16
    bottom: int = 48


def chart(frame: Frame, layers: Sequence[Mapping[str, Json]]) -> Spec:
    """A whole spec; each layer brings its data along."""
    return {
        "$schema": SCHEMA,
        "width": frame.width,
        "height": frame.height,
        "autosize": "none",
        "padding": {
            "left": frame.left,
            "top": frame.top,
            "right": frame.right,
            "bottom": frame.bottom,
        },
        "background": None,
        "config": {
            "view": {"stroke": None},
            "axis": {
                "aria": False,
                "labelOverlap": False,
                "labelBound": False,
                "labelFlush": False,
                "labelLimit": 0,
                "titleLimit": 0,
                "labelFontSize": LABEL_PX,
                "titleFontSize": LABEL_PX,
                "tickSize": 4,
                "domain": False,
            },
            "text": {"fontSize": LABEL_PX, "limit": 0},
        },
        "layer": [dict(layer) for layer in layers],
    }


def layer(
    name: str, mark: Mapping[str, Json], rows: Sequence[Mapping[str, Json]], **encoding: Json
) -> Spec:
    """Marks that are styled in charts.css as `.<name>_marks`.

    They say nothing to programs that read aloud, unless `encoding` has a description.
    """
    return {
        "name": name,
        "data": {"values": [dict(row) for row in rows]},
        "mark": {"aria": "description" in encoding, **mark},
        "encoding": encoding,
    }


def across(field: str, axis: Axis, title: str, frame: Frame) -> Spec:
    """The encoding of x: `title` stands below the right end."""
    return {
        "field": field,
        "type": "quantitative",
        "scale": axis.scale,
        "axis": {
            "values": list(axis.ticks),
            "labelExpr": NUMBER,
            "title": title,
            "titleAnchor": "end",
            "titleAlign": "right",
            "titleX": frame.width,
            "titleY": 30,
        },
    }


def upwards(field: str, axis: Axis, title: str, frame: Frame, *, is_reversed: bool = False) -> Spec:
    """The encoding of y: `title` stands above the left end, to be read without turning the head."""
    return {
        "field": field,
        "type": "quantitative",
        "scale": {**axis.scale, "reverse": is_reversed},
        "axis": {
            "values": list(axis.ticks),
            "labelExpr": NUMBER,
            "title": title,
            "titleAngle": 0,
            "titleAlign": "left",
            "titleAnchor": "start",
            "titleBaseline": "bottom",
            "titleX": -frame.left + 2,
            "titleY": -12,
        },
    }


def as_drawn(field: str) -> Spec:
    """The encoding of a field that holds colours, shapes or pixels as they are."""
    return {"field": field, "type": "nominal", "scale": None}


def pixels(field: str) -> Spec:
    """The encoding of a place that is known in pixels."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def name_label(name: str) -> str:
    """A name that fits beside a point of a chart.

    What comes before the last `/` goes first, and then the middle: versions and sizes are at the
    end.
    """
    shown = full_name(name)
    if width(shown) > NAME_COLUMNS:
        shown = shown.rsplit("/", maxsplit=1)[-1] or shown
    if width(shown) <= NAME_COLUMNS:
        return shown
    half = NAME_COLUMNS // 2
    return f"{_fitting(shown, half)}…{_fitting(shown[::-1], half - 1)[::-1]}"


def full_name(name: str) -> str:
    """A model's or a task's name on one line, as long as anyone would write it."""
    return shortened(one_line(name[:NAME_CHARS]), NAME_CHARS)


def _fitting(text: str, columns: int) -> str:
    """The beginning of `text` that takes no more than `columns`."""
    ends = accumulate(map(width, text))
    return text[: sum(end <= columns for end in ends)]
