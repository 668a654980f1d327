"""Which of several choices nobody beats in both quality and cost at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from vlmhb.domain.score import Direction


@dataclass(frozen=True, slots=True)
class Choice:
    """A model as a pair of figures, both finite."""

    name: str
    cost: float
    quality: float


@dataclass(frozen=True, slots=True)
class Directions:
    """Which way either figure is better."""

    cost: Direction
    quality: Direction


def dominates(one: Choice, other: Choice, directions: Directions) -> bool:
    """Whether `one` is as good as `other` in both figures, and better in one of them."""
    (cost, quality), (other_cost, other_quality) = (
        _losses(one, directions),
        _losses(other, directions),
    )
    as_good = cost <= other_cost and quality <= other_quality
    return as_good and (cost, quality) != (other_cost, other_quality)


def frontier(choices: Sequence[Choice], directions: Directions) -> tuple[Choice, ...]:
    """Those that no other one dominates, the cheapest first; equal ones are all of it."""
    left: list[Choice] = []
    for choice in sorted(choices, key=lambda choice: _losses(choice, directions)):
        if not left or not dominates(left[-1], choice, directions):
            left.append(choice)
    return tuple(left)


def stairs(choices: Sequence[Choice], directions: Directions) -> tuple[tuple[float, float], ...]:
    """(cost, quality) along the edge of what can be had: the best quality that each cost buys.

    Between two of the frontier nothing better than the cheaper one can be had, so the line has
    steps; a straight one would promise what no model gives.
    """
    line: list[tuple[float, float]] = []
    for choice in frontier(choices, directions):
        if line:
            line.append((choice.cost, line[-1][1]))
        line.append((choice.cost, choice.quality))
    return tuple(dict.fromkeys(line))


def _losses(choice: Choice, directions: Directions) -> tuple[float, float]:
    """Both figures with their signs chosen so that less is better."""
    return (
        choice.cost if directions.cost is Direction.LOWER else -choice.cost,
        choice.quality if directions.quality is Direction.LOWER else -choice.quality,
    )
