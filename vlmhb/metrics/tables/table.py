"""A table as a tree: table, sections, rows, cells."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.metrics.trees.shape import TreeShape

if TYPE_CHECKING:  # commands that only look metrics up need not wait for numpy
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Node:
    """An element of a table."""

    form: tuple[Hashable, ...]
    """Tag and spans; nodes that differ here have nothing in common."""
    content: tuple[str, ...] = ()
    """Of a cell, its characters, and tags as one item each."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's nodes, children before parents."""

    shape: TreeShape
    nodes: tuple[Node, ...]


def renaming_costs(left: Table, right: Table) -> "NDArray[np.float64]":
    """What it costs to make one node another, in [0, 1], of shape (left nodes, right nodes).

    1 for another tag or span, and for cells the edits between their contents over the length of
    the longer one.
    """
    import numpy as np  # noqa: PLC0415
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415
    from rapidfuzz.process import cdist  # noqa: PLC0415

    forms: dict[Hashable, int] = {}
    tags: dict[str, str] = {}
    texts: list[list[str]] = []
    places: list[list[int]] = []
    numbers: list[list[int]] = []
    for table in (left, right):
        seen: dict[str, int] = {}
        written = (one_character_each(node.content, tags) for node in table.nodes)
        places.append([seen.setdefault(text, len(seen)) for text in written])
        texts.append(list(seen))
        numbers.append([forms.setdefault(node.form, len(forms)) for node in table.nodes])
    contents = cdist(*texts, scorer=Levenshtein.normalized_distance, dtype=np.float64, workers=1)
    costs = np.asarray(contents)[np.ix_(places[0], places[1])]
    costs[np.not_equal.outer(*map(np.array, numbers))] = 1
    return costs


def one_character_each(content: tuple[str, ...], tags: dict[str, str]) -> str:
    """A content as text with one character for each item; `tags` remembers those of tags."""
    return "".join(
        item if len(item) == 1 else tags.setdefault(item, chr(0xF0000 + len(tags)))
        for item in content
    )
