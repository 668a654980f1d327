"""Which rows of a VLMEvalKit table belong together, by the rules of its benchmarks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.quoted import quoted

CIRCULAR = 1_000_000
"""MMBench's rotations of a question have the same index modulo this number."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """The group of a row and what its place in the group is called."""

    group: str
    place: Mapping[str, Json]


class NotGroupedError(ValueError):
    """A row that the rule does not fit; the text says why."""


Cells = Mapping[str, str]
Rule = Callable[[str, int, Cells], Grouped]
"""From the index of a row, its place in the order of all indexes, and its cells."""


def by_column(_index: str, _place: int, cells: Cells) -> Grouped:
    """Rows with the same `g_index`."""
    return Grouped(cells.get("g_index", ""), {})


def circular(index: str, _place: int, cells: Cells) -> Grouped:
    """The rotations of a question: the same `g_index`, or else one million apart."""
    if "g_index" in cells:
        return by_column(index, _place, cells)
    try:
        number = int(index)
    except ValueError as error:
        raise NotGroupedError(f"index {quoted(index)} is not a whole number") from error
    return Grouped(str(number % CIRCULAR), {})


def hallusionbench(index: str, _place: int, cells: Cells) -> Grouped:
    """The figures and questions of a set, which the index ends in."""
    parts = index.split("_")
    if len(parts) < 6:
        raise NotGroupedError(f"index {quoted(index)} does not name a set, figure and question")
    set_id, figure_id, question_id = parts[3:6]
    group = f"{cells.get('l2-category', '')}_{set_id}"
    return Grouped(group, {"set_id": set_id, "figure_id": figure_id, "question_id": question_id})


def mme(index: str, _place: int, cells: Cells) -> Grouped:
    """The questions about an image, which `image_path` names."""
    if not cells.get("image_path"):
        raise NotGroupedError(f"index {quoted(index)} has no image_path")
    return Grouped(f"{cells.get('category', '')}/{cells['image_path']}", {})


def naturalbench(_index: str, place: int, _cells: Cells) -> Grouped:
    """Two questions about two images: four rows on end, in the order of the index."""
    within: dict[str, Json] = {"question_id": str(place % 4 // 2), "image_id": str(place % 2)}
    return Grouped(str(place // 4), within)


RULES: dict[str, Rule] = {
    "g_index": by_column,
    "circular": circular,
    "hallusionbench": hallusionbench,
    "mme": mme,
    "naturalbench": naturalbench,
}


def places(indexes: Iterable[str]) -> dict[str, int]:
    """The place of each index when they are sorted: as numbers when all are whole numbers."""
    found = list(indexes)
    is_numbered = all(index.isascii() and index.isdigit() for index in found)
    # By length first: `int` refuses numbers of more than 4,300 digits.
    ordered = sorted(found, key=_size if is_numbered else None)
    return {index: place for place, index in enumerate(ordered)}


def _size(index: str) -> tuple[int, str]:
    digits = index.lstrip("0")
    return len(digits), digits
