"""How the nodes of an ordered tree hang together."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TreeShape:
    """An ordered tree without labels; nodes are numbered so that children come before parents."""

    leftmost: tuple[int, ...]
    """Of each node, the first of its subtree: the leaf reached by first children alone."""

    def __len__(self) -> int:
        return len(self.leftmost)

    def size(self, node: int) -> int:
        """Nodes of the subtree at `node`."""
        return node - self.leftmost[node] + 1

    def inner_keyroots(self) -> tuple[int, ...]:
        """The nodes, no leaves, that are the root or have a sibling to their left; ascending."""
        last = {leaf: node for node, leaf in enumerate(self.leftmost)}
        return tuple(node for leaf, node in sorted(last.items(), key=top) if node != leaf)


def top(item: tuple[int, int]) -> int:
    """The node of a (leaf, node) pair."""
    return item[1]


def shape_of(depths: Sequence[int]) -> tuple[TreeShape, tuple[int, ...]]:
    """The shape of a tree, and the place of each of its nodes in reading order.

    `depths` are those of the nodes in reading order, parents before children; the root's is 0.
    """
    leftmost: list[int] = []
    places: list[int] = []
    waiting: list[tuple[int, int]] = []  # place in reading order, first node of its subtree
    for place, depth in enumerate((*depths, 0)):
        while len(waiting) > depth:
            done, first = waiting.pop()
            leftmost.append(first)
            places.append(done)
        waiting.append((place, len(leftmost)))
    return TreeShape(tuple(leftmost)), tuple(places)
