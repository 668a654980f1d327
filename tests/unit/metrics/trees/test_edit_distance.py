import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.metrics.trees.edit_distance import MOST_PAIRS, too_much, tree_distance
from vlmhb.metrics.trees.shape import TreeShape, shape_of

# A tree is a label and its children.
TREES = st.recursive(
    st.tuples(st.sampled_from("abc"), st.just(())),
    lambda inner: st.tuples(st.sampled_from("abc"), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=8,
)


def flat(tree: Any, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Depths and labels in reading order."""
    yield depth, tree[0]
    for child in tree[1]:
        yield from flat(child, depth + 1)


def shape_and_labels(tree) -> tuple[TreeShape, list[str]]:
    nodes = list(flat(tree))
    shape, places = shape_of([depth for depth, _ in nodes])
    return shape, [nodes[place][1] for place in places]


def distance(left, right) -> float:
    (ours, our_labels), (theirs, their_labels) = map(shape_and_labels, (left, right))
    renaming = np.array([[cost(a, b) for b in their_labels] for a in our_labels])
    return tree_distance(ours, theirs, renaming)


def cost(one: str, other: str) -> float:
    return abs(ord(one) - ord(other)) * 0.4


@cache
def forest_distance(left, right) -> float:
    """By the definition: the last node of either forest is deleted, inserted or renamed."""
    if not left or not right:
        return float(sum(len(list(flat(tree))) for tree in (*left, *right)))
    (one, inside), (other, within) = left[-1], right[-1]
    return min(
        forest_distance((*left[:-1], *inside), right) + 1,
        forest_distance(left, (*right[:-1], *within)) + 1,
        forest_distance(left[:-1], right[:-1]) + forest_distance(inside, within) + cost(one, other),
    )


@settings(deadline=None)
@given(TREES, TREES)
def test_the_distance_is_the_least_cost(left, right):
    assert forest_distance((left,), (right,)) == pytest.approx(distance(left, right))


def random_tree(rng: random.Random, nodes: int) -> Any:
    """A tree whose branches lie as often to the right as to the left."""
    branches = []
    left = nodes - 1
    while left:
        size = rng.randint(1, left)
        branches.append(random_tree(rng, size))
        left -= size
    return rng.choice("abc"), tuple(branches)


@pytest.mark.parametrize("seed", range(60))
def test_the_distance_is_the_least_cost_of_larger_trees(seed):
    rng = random.Random(seed)
    left, right = random_tree(rng, 10), random_tree(rng, 10)

    assert forest_distance((left,), (right,)) == pytest.approx(distance(left, right))


@settings(deadline=None)
@given(TREES)
def test_a_tree_is_no_distance_from_itself(tree):
    assert distance(tree, tree) == 0


@settings(deadline=None)
@given(TREES, TREES)
def test_the_distance_is_symmetric(left, right):
    assert distance(left, right) == pytest.approx(distance(right, left))


@settings(deadline=None)
@given(TREES)
def test_a_shape_knows_the_size_of_every_subtree(tree):
    shape, _ = shape_and_labels(tree)

    assert len(list(flat(tree))) == len(shape) == shape.size(len(shape) - 1)


def test_a_shape_numbers_children_before_parents():
    """Root with two children, the first of which has two leaves."""
    shape, places = shape_of([0, 1, 2, 2, 1])

    assert TreeShape((0, 1, 0, 3, 0)) == shape
    assert (2, 3, 1, 4, 0) == places
    assert (4,) == shape.inner_keyroots()


def test_what_would_take_too_long_is_known_beforehand():
    wide = TreeShape((*range(int(MOST_PAIRS**0.5)), 0))
    deep, _ = shape_of([depth for step in range(600) for depth in (step, step + 1)][:-1])

    assert too_much(wide, wide)
    assert not too_much(deep, TreeShape((0,)))
