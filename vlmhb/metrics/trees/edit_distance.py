"""The least cost of turning one ordered tree into another, exact.

Source: Zhang and Shasha 1989, "Simple fast algorithms for the editing distance between trees and
related problems" (SIAM Journal on Computing 18). Every forest of one tree is compared with all
forests of the other that are alike in size at once, and leaves are done by formula.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.metrics.trees.shape import TreeShape

if TYPE_CHECKING:  # commands that only look metrics up need not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

MOST_PAIRS = 9_000_000
"""Pairs of nodes; each takes 8 bytes in some arrays."""
MOST_WORK = 400_000_000
STEP_WORK = 3000
"""What a step costs beside its comparisons, in comparisons."""


def tree_distance(left: TreeShape, right: TreeShape, renaming: "NDArray[np.float64]") -> float:
    """The least cost when inserting or deleting a node costs 1.

    `renaming` is the cost of making a node of `left` one of `right`, in [0, 1], of shape
    (nodes of `left`, nodes of `right`).
    """
    if work(right, left) < work(left, right):
        left, right, renaming = right, left, renaming.T
    distances = leaf_distances(left, right, renaming)
    batches = tuple(batches_of(right))
    for root in left.inner_keyroots():
        for batch in batches:
            compare(left, root, batch, renaming, distances)
    return float(distances[-1, -1])


def work(left: TreeShape, right: TreeShape) -> int:
    """How many comparisons are made, steps included, when the subtrees of `left` go one by one."""
    steps = sum(map(left.size, left.inner_keyroots()))
    wide = [len(roots) * max(map(right.size, roots)) for roots in alike(right)]
    return steps * (sum(wide) + STEP_WORK * len(wide)) + len(left) * len(right)


def too_much(left: TreeShape, right: TreeShape, *, times: int = 1) -> bool:
    """Whether comparing two trees so many times would take more memory or time than granted.

    Time is counted in comparisons, so that the same trees are compared on every machine.
    """
    if times * len(left) * len(right) > MOST_PAIRS:
        return True
    return times * min(work(left, right), work(right, left)) > MOST_WORK


@dataclass(frozen=True, slots=True)
class Batch:
    """Subtrees that one forest is compared with at once, one in each row, padded at the end."""

    nodes: "NDArray[np.intp]"
    before: "NDArray[np.intp]"
    """Of each node, how many nodes of its subtree's forest come before its own subtree."""
    on_left_path: "NDArray[np.bool_]"
    """Whether the forest up to a node is that node's subtree."""


def batches_of(tree: TreeShape) -> Iterator[Batch]:
    """The subtrees at inner keyroots, those inside others first."""
    import numpy as np  # noqa: PLC0415

    leftmost = np.array(tree.leftmost)
    for roots in alike(tree):
        last = np.array(roots)[:, None]
        first = leftmost[last]
        nodes = first + np.arange(int((last - first).max()) + 1)
        inside = nodes <= last
        nodes = np.minimum(nodes, last)
        before = np.maximum(leftmost[nodes] - first, 0)
        yield Batch(nodes, before, inside & (before == 0))


def alike(tree: TreeShape) -> tuple[tuple[int, ...], ...]:
    """Inner keyroots in batches: none lies inside a later one's batch mate, sizes within 2x."""
    batches: dict[tuple[int, int], list[int]] = {}
    levels: list[tuple[int, int, int]] = []  # first node, root, level of what lies inside so far
    for root in tree.inner_keyroots():
        first, level = tree.leftmost[root], 0
        while levels and levels[-1][0] >= first:
            level = max(level, levels.pop()[2] + 1)
        levels.append((first, root, level))
        batches.setdefault((level, tree.size(root).bit_length()), []).append(root)
    return tuple(tuple(batches[key]) for key in sorted(batches))


def leaf_distances(
    left: TreeShape, right: TreeShape, renaming: "NDArray[np.float64]"
) -> "NDArray[np.float64]":
    """The distances between subtrees where one is a leaf; the others are not set.

    A leaf becomes the node of the other subtree that it is most like, and the others are
    inserted.
    """
    import numpy as np  # noqa: PLC0415

    distances = np.array(renaming)
    leaves = np.array([node for node, first in enumerate(left.leftmost) if node == first])
    for node, first in enumerate(right.leftmost):
        if first < node:
            nearest = renaming[leaves, first : node + 1].min(axis=1)
            distances[leaves, node] = node - first + nearest
    leaves = np.array([node for node, first in enumerate(right.leftmost) if node == first])
    for node, first in enumerate(left.leftmost):
        if first < node:
            nearest = renaming[first : node + 1, leaves].min(axis=0)
            distances[node, leaves] = node - first + nearest
    return distances


def compare(
    left: TreeShape,
    root: int,
    batch: Batch,
    renaming: "NDArray[np.float64]",
    distances: "NDArray[np.float64]",
) -> None:
    """Sets the distances between the left path of a subtree and those of a batch of subtrees.

    All distances between what lies inside of them have been set.
    """
    import numpy as np  # noqa: PLC0415

    first = left.leftmost[root]
    count, width = batch.nodes.shape
    columns = np.arange(width + 1, dtype=float)
    forests = np.empty((root - first + 2, count, width + 1))
    forests[0] = columns
    for row, node in enumerate(range(first, root + 1), start=1):
        whole = left.leftmost[node] == first
        start = forests[left.leftmost[node] - first]
        reached = np.take_along_axis(start, batch.before, axis=1) + distances[node][batch.nodes]
        above = forests[row - 1]
        if whole:
            renamed = above[:, :-1] + renaming[node][batch.nodes]
            reached = np.where(batch.on_left_path, renamed, reached)
        here = forests[row]
        here[:, 0] = row
        np.minimum(reached, above[:, 1:] + 1, out=here[:, 1:])
        # Inserting nodes one by one from the left: the least of all that came before plus 1 each.
        here -= columns
        np.minimum.accumulate(here, axis=1, out=here)
        here += columns
        if whole:
            distances[node, batch.nodes[batch.on_left_path]] = here[:, 1:][batch.on_left_path]
