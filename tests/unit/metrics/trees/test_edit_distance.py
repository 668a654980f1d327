import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.metrics.trees.edit_distance import (
    MOST_PAIRS,
    STEP_WORK,
    too_much,
    tree_distance,
    work,
)
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


def textbook_distance(left, right) -> float:
    """As Zhang and Shasha wrote it down: pair by pair of keyroots, cell by cell."""
    (ours, our_labels), (theirs, their_labels) = map(shape_and_labels, (left, right))
    trees: dict[tuple[int, int], float] = {}
    for root in keyroots(ours):
        for other in keyroots(theirs):
            start, begin = ours.leftmost[root], theirs.leftmost[other]
            forests = {(start - 1, begin - 1): 0.0}
            for i in range(start, root + 1):
                forests[i, begin - 1] = i - start + 1.0
            for j in range(begin, other + 1):
                forests[start - 1, j] = j - begin + 1.0
            for i in range(start, root + 1):
                for j in range(begin, other + 1):
                    first, origin = ours.leftmost[i], theirs.leftmost[j]
                    whole = (first, origin) == (start, begin)
                    reached = (
                        forests[i - 1, j - 1] + cost(our_labels[i], their_labels[j])
                        if whole
                        else forests[first - 1, origin - 1] + trees[i, j]
                    )
                    forests[i, j] = min(forests[i - 1, j] + 1, forests[i, j - 1] + 1, reached)
                    if whole:
                        trees[i, j] = forests[i, j]
    return trees[len(ours) - 1, len(theirs) - 1]


def keyroots(shape: TreeShape) -> list[int]:
    return sorted({first: node for node, first in enumerate(shape.leftmost)}.values())


@pytest.mark.parametrize("seed", range(20))
def test_the_distance_of_trees_with_branches_inside_branches_is_that_of_the_textbook(seed):
    """Large enough for subtrees of many sizes at every depth, to the left and to the right."""
    rng = random.Random(seed)
    left, right = random_tree(rng, 45), random_tree(rng, 30 + seed)

    assert textbook_distance(left, right) == pytest.approx(distance(left, right))


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
    assert [1, 1, 3, 1, 5] == [shape.size(node) for node in range(5)]
    assert (2, 3, 1, 4, 0) == places
    assert (4,) == shape.inner_keyroots()


def test_what_would_take_too_long_is_known_beforehand():
    wide = TreeShape((*range(int(MOST_PAIRS**0.5)), 0))
    deep, _ = shape_of([depth for step in range(600) for depth in (step, step + 1)][:-1])

    assert too_much(wide, wide)
    assert not too_much(deep, TreeShape((0,)))


def comb(teeth: int) -> TreeShape:
    """Every node has a leaf and, to its right, the next node."""
    return shape_of([0, *(depth for tooth in range(1, teeth) for depth in (tooth, tooth))])[0]


def flat_shape(nodes: int) -> TreeShape:
    """A root and its leaves."""
    return shape_of([0] + [1] * (nodes - 1))[0]


def test_trees_are_compared_up_to_nine_million_pairs_of_nodes():
    assert not too_much(flat_shape(3_000), flat_shape(3_000))
    assert too_much(flat_shape(3_001), flat_shape(3_000))
    assert too_much(flat_shape(3_000), flat_shape(3_000), times=2)
    assert not too_much(flat_shape(1_500), flat_shape(1_500), times=4)


def test_trees_of_many_steps_are_compared_up_to_a_limit_of_their_own():
    assert not too_much(comb(50), comb(50))
    assert too_much(comb(53), comb(53))
    assert too_much(comb(50), comb(50), times=2)


def test_a_deep_tree_and_a_flat_one_are_compared_the_cheaper_way_about():
    assert not too_much(comb(60), flat_shape(3_000))
    assert not too_much(flat_shape(3_000), comb(60))


def test_work_is_comparisons_and_steps_at_their_price():
    """Subtrees of two and of three nodes go together, each padded to three; the whole one alone."""
    small = shape_of([0, 1, 1])[0]
    large = shape_of([0, 1, 1, 2, 1, 2, 2])[0]

    assert 3 * (3 + STEP_WORK) + 3 * 3 == work(small, small)
    assert 3 * (2 * 3 + 7 + 2 * STEP_WORK) + 3 * 7 == work(small, large)
    assert (2 + 3 + 7) * (3 + STEP_WORK) + 7 * 3 == work(large, small)


@pytest.mark.parametrize("turned", [False, True])
def test_what_lies_inside_a_subtree_is_compared_before_it_whatever_lies_to_the_left(turned):
    """The two larger subtrees are alike in size, those inside of them are not."""
    leaf = ("a", ())
    left_inside, right_inside = ("a", (leaf,)), ("a", (leaf, leaf, leaf))
    whole = ("a", (leaf, ("a", (leaf, left_inside)), ("a", (leaf, right_inside))))
    less = ("a", (leaf, ("a", (leaf, left_inside)), ("a", (leaf, leaf))))

    assert 3 == (distance(whole, less) if turned else distance(less, whole))
