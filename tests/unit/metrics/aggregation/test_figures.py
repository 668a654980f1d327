import numpy as np
import pytest

from vlmhb.domain.score import Unscored
from vlmhb.metrics.aggregation.column import Column
from vlmhb.metrics.aggregation.figures import figured, mean_figure, mean_of, ratio

RANDOM = np.random.Generator(np.random.PCG64(11))
MANY = 400
"""Documents, each in every group: more rows than are drawn at once."""


def column(documents: list[int], sums: np.ndarray) -> Column:
    scored = np.ones(len(documents), dtype=np.bool_)
    places = np.array(documents, dtype=np.intp)
    return Column(sums, np.full(len(documents), np.nan), scored, ~scored, places)


def by_hand(drawn: np.ndarray, groups: list[Column]) -> list[float]:
    """One draw after the other, one group after the other."""
    means = []
    for row in drawn:
        totals = [(row[group.documents, None] * group.sums).sum(axis=0) for group in groups]
        means.append(float(np.mean([n / d for n, d in totals if d])))
    return means


def test_drawn_documents_are_the_same_in_all_groups():
    groups = [
        column([0, 2, 2], np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])),
        column([1, 2], np.array([[7.0, 8.0], [1.0, 9.0]])),
    ]
    drawn = RANDOM.integers(0, 3, size=(50, 3)).astype(float)
    drawn[:, 2] += 1

    made = mean_figure(ratio, groups, np.arange(3))(drawn)

    assert by_hand(drawn, groups) == pytest.approx(made.tolist())


def test_a_group_that_a_draw_misses_is_left_out_of_the_mean():
    groups = [column([0], np.array([[1.0, 2.0]])), column([1], np.array([[1.0, 1.0]]))]

    made = mean_figure(ratio, groups, np.arange(2))(np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]]))

    assert [0.5, 1.0, 0.75] == made.tolist()


def test_a_missing_group_is_left_out_even_where_sums_of_nothing_have_a_figure():
    groups = [column([0], np.array([[1.0]])), column([1], np.array([[1.0]]))]

    made = mean_figure(lambda sums: sums[..., 0], groups, np.arange(2))

    assert [2.0] == made(np.array([[2.0, 0.0]])).tolist()


def test_groups_without_anything_scored_take_no_part():
    nothing = column([], np.zeros((0, 2)))
    groups = [nothing, column([4], np.array([[1.0, 2.0]])), nothing]

    assert [0.5] == mean_figure(ratio, groups, np.array([4]))(np.array([[1.0]])).tolist()


def test_more_rows_than_memory_may_hold_at_once_give_the_same_means():
    groups = [
        column(list(range(MANY)), RANDOM.integers(1, 9, size=(MANY, 2)).astype(float))
        for _ in range(30)
    ]
    drawn = RANDOM.integers(0, 3, size=(100, MANY)).astype(float)

    made = mean_figure(ratio, groups, np.arange(MANY))(drawn)

    assert by_hand(drawn, groups) == pytest.approx(made.tolist())


def test_the_mean_of_nothing_is_no_number():
    means = mean_of(np.array([[np.nan, np.nan], [1.0, np.nan], [1.0, 3.0]]))

    assert np.isnan(means[0])
    assert [1.0, 2.0] == means[1:].tolist()


def test_figures_that_are_not_finite_are_no_numbers():
    made = figured(ratio, np.array([[1.0, 0.0], [0.0, 0.0], [1.0, 2.0]]))

    assert not isinstance(made, Unscored)
    assert [True, True, False] == np.isnan(made).tolist()


def test_figures_for_other_sums_than_asked_are_refused():
    made = figured(lambda sums: sums, np.ones((2, 3)))

    assert isinstance(made, Unscored)
    assert "shape (2, 3) for sums of shape (2, 3)" in made.reason
