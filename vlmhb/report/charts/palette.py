"""How each model looks in every chart of a page."""

from collections.abc import Sequence
from dataclasses import dataclass

COLOURS = ("#2d88e2", "#804810", "#1e8163", "#d664a3", "#8e8b0f", "#763ebd", "#424242")
"""Told apart by people with any of the three colour blindnesses; charts.css has lighter ones for
dark pages."""
SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))


@dataclass(frozen=True, slots=True)
class Look:
    """Colour, and what tells models of one colour apart: points by shape, lines by dashes."""

    colour: str
    shape: str
    dash: tuple[int, ...]


def looks_of(models: Sequence[str]) -> dict[str, Look]:
    """By model; the same whatever chart it is in, and no two alike among the first 84."""
    return {
        name: Look(
            COLOURS[place % len(COLOURS)],
            SHAPES[place % len(SHAPES)],
            DASHES[place // len(COLOURS) % len(DASHES)],
        )
        for place, name in enumerate(models)
    }
