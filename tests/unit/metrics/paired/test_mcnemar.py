from dataclasses import replace
from math import comb

import numpy as np
import pytest

from vlmhb.domain.score import Failed, Score, Unscored
from vlmhb.metrics.aggregation.column import Column, column_of
from vlmhb.metrics.paired.mcnemar import McNemar, exact_p, mcnemar

Result = Score | Unscored | Failed


def column(*results: Result) -> Column:
    made = column_of(results, np.arange(len(results)), by_counts=False)
    return replace(made, scored=made.scored | made.failed)


def answers(rights: str) -> Column:
    return column(*(Score(float(right), 1) for right in rights))


def test_only_units_on_which_the_sides_disagree_count():
    # Discordant: 1 only in A, 5 only in B; p = 2 * (C(6,0) + C(6,1)) / 2**6 = 14 / 64.
    found = mcnemar(answers("1111000000"), answers("1110111110"))

    assert McNemar(1, 5, 14 / 64) == found


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [(0, 0, 1.0), (3, 3, 1.0), (1, 0, 1.0), (0, 5, 2 / 32), (0, 6, 2 / 64), (2, 10, 158 / 4096)],
)
def test_the_p_is_that_of_a_fair_coin(only_a: int, only_b: int, p: float):
    assert p == exact_p(only_a, only_b)
    assert p == exact_p(only_b, only_a)


def test_the_p_of_many_disagreements_is_still_exact():
    total = sum(comb(3000, heads) for heads in range(1401))

    assert 2 * total / 2**3000 == exact_p(1400, 1600)


def test_a_failure_counts_as_wrong():
    failed = column(Failed("oom", Score(0, 1)), Score(1, 1))

    assert McNemar(1, 0, 1.0) == mcnemar(answers("11"), failed)


@pytest.mark.parametrize(
    "other",
    [
        column(Score(0.5, 1), Score(1, 1)),
        column(Score(1, 2), Score(1, 1)),
        column(Unscored("no targets"), Unscored("no targets")),
    ],
)
def test_what_is_not_right_or_wrong_is_not_tested(other: Column):
    assert mcnemar(answers("11"), other) is None
    assert mcnemar(other, answers("11")) is None
