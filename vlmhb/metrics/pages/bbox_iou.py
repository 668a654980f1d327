"""How well a box on a page covers the true one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, from the upper left corner."""

NUMBER = r"\s*([0-9]{1,9}(?:\.[0-9]{0,9})?)\s*"
BARE = re.compile(NUMBER)
# `[10, 20, 30, 40]`, `(10, 20, 30, 40)`, `(10, 20), (30, 40)`
WRITTEN = re.compile(
    rf"[(\[]{NUMBER},{NUMBER}(?:,|[)\]]\s{{0,9}},?\s{{0,9}}[(\[]){NUMBER},{NUMBER}[)\]]"
)


@dataclass(frozen=True, slots=True)
class BoxOverlap:
    """Area that both boxes cover over the area that either covers."""

    name: str = "bbox_iou"
    title: str = "Box IoU"
    summary: str = (
        "Area that the last box of the answer and the true box have in common over the area they "
        "cover together, mean of answers; an answer without a box gets 0."
    )
    normalisation: str = "none"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The best overlap with a target, out of 1."""
        truths = true_boxes(sample.targets)
        if not truths:
            return Unscored("no target is a box of four numbers")
        answer = box_of(text)
        return Score(max(overlap(answer, truth) for truth in truths) if answer else 0.0, 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0 of 1, as for an answer without a box."""
        return self.score("", sample)


def true_boxes(targets: Sequence[str]) -> list[Box]:
    """The boxes among the targets; four bare numbers, as MWS-Vision-Bench has them, are one."""
    if len(targets) == 4 and all(map(BARE.fullmatch, targets)):
        targets = (f"[{', '.join(targets)}]",)
    return [box for box in map(box_of, targets) if box is not None]


def box_of(text: str) -> Box | None:
    """The last box in a text: four numbers in brackets, or two corners.

    Numbers are in the units of the target, be they pixels, thousandths or shares of the page: the
    prompt has to ask for them.
    """
    boxes = WRITTEN.findall(text)
    if not boxes:
        return None
    left, top, right, bottom = map(float, boxes[-1])
    return left, top, right, bottom


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, in [0, 1]; 0 where a box has no area."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0.0, width) * max(0.0, height)
    return common / (area(one) + area(other) - common) if common else 0.0


def area(box: Box) -> float:
    """Width times height."""
    return (box[2] - box[0]) * (box[3] - box[1])


BBOX_IOU = BoxOverlap()
