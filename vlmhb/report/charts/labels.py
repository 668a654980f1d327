"""Places for the names of points, so that none covers another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.report.text import width

Spot: TypeAlias = tuple[float, float]
"""Pixels from the left and from the top of the plot."""
COLUMN_PX = 6.4
"""What a column of text is given at 11 pixels: more than most letters need in most fonts."""
LINE_PX = 13
GAP_PX = 9
REACH_PX = 6
"""Half of a point's size."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name stands, in pixels of the plot."""

    x: float
    y: float
    """Its middle."""
    align: str
    """`left`: it begins at `x`; `right`: it ends there."""


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return not (
            self.right <= other.left
            or other.right <= self.left
            or self.bottom <= other.top
            or other.bottom <= self.top
        )

    def is_within(self, size: tuple[int, int]) -> bool:
        return self.left >= 0 and self.top >= 0 and self.right <= size[0] and self.bottom <= size[1]


def places_of(
    points: Sequence[Spot],
    names: Sequence[str],
    size: tuple[int, int],
    lines: Sequence[tuple[Spot, Spot]] = (),
) -> tuple[Place | None, ...]:
    """A place beside each point, earlier ones chosen first; None where there is no room.

    `lines` are level or upright, and no name is written over them.
    """
    taken = [_around(point, point, REACH_PX) for point in points]
    taken += [_around(start, end, 1) for start, end in lines]
    places: list[Place | None] = []
    for point, name in zip(points, names, strict=True):
        free = (place for place in _candidates(*point) if _is_free(place, name, size, taken))
        place = next(free, None)
        places.append(place)
        if place:
            taken.append(_box(place, name))
    return tuple(places)


def _is_free(place: Place, name: str, size: tuple[int, int], taken: Sequence[_Box]) -> bool:
    box = _box(place, name)
    return box.is_within(size) and not any(box.meets(other) for other in taken)


def _around(start: Spot, end: Spot, reach: float) -> _Box:
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(start, end, strict=True))
    return _Box(left - reach, top - reach, right + reach, bottom + reach)


def _candidates(x: float, y: float) -> tuple[Place, ...]:
    level = (Place(x + GAP_PX, y, "left"), Place(x - GAP_PX, y, "right"))
    slanted = tuple(
        Place(x + side, y + shift, align)
        for shift in (-LINE_PX, LINE_PX)
        for side, align in ((GAP_PX, "left"), (-GAP_PX, "right"))
    )
    return level + slanted


def _box(place: Place, name: str) -> _Box:
    length = width(name) * COLUMN_PX
    left = place.x if place.align == "left" else place.x - length
    return _Box(left, place.y - LINE_PX / 2, left + length, place.y + LINE_PX / 2)
