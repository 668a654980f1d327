"""What p values and intervals are worth, on simulated pairs whose truth is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vlmhb.metrics.aggregation.figures import GroupFigure, ratio
from vlmhb.metrics.aggregation.statistics import Resampled, bootstrap_intervals
from vlmhb.metrics.paired.mcnemar import exact_p
from vlmhb.metrics.paired.swaps import swap_p_value

TRIALS = 2000
DOCUMENTS = 40
PAGES = 3
"""Of each document; they are alike, as pages of a document are."""
SWAPS = 999

Sums = NDArray[np.float64]
"""Edits and characters of each document."""


def simulated(dice: np.random.Generator, worse: float = 0.0) -> tuple[Sums, Sums]:
    """Edits per 60 characters of two models on the same pages; B has `worse` more on average.

    Documents are hard or easy for both models, and each model has good and bad documents.
    """
    hard = dice.gamma(2.0, 2.0, DOCUMENTS)
    luck = dice.gamma(4.0, 0.25, (2, DOCUMENTS))
    rates = np.stack((hard * luck[0], hard * luck[1] + worse))
    edits = dice.poisson(rates[:, :, np.newaxis], (2, DOCUMENTS, PAGES)).sum(axis=2)
    length = np.full(DOCUMENTS, 60.0 * PAGES)
    return np.stack((edits[0], length)), np.stack((edits[1], length))


def p_of(a: Sums, b: Sums, dice: np.random.Generator) -> float:
    unchanged = np.zeros((2, 1))
    pooled = GroupFigure(ratio, np.concatenate((unchanged, a, unchanged, b), axis=1))
    return swap_p_value(pooled, DOCUMENTS, dice, SWAPS)


def difference(a: Sums, b: Sums) -> Resampled:
    one, other = GroupFigure(ratio, a), GroupFigure(ratio, b)
    return lambda drawn: other(drawn) - one(drawn)


def test_without_a_difference_five_in_a_hundred_p_values_are_below_five_in_a_hundred():
    dice = np.random.default_rng(20261121)

    found = np.array([p_of(*simulated(dice), dice) for _ in range(TRIALS)])

    share = float((found < 0.05).mean())
    print(f"p < 0.05 in {share:.2%} of {TRIALS} pairs without a difference")
    assert 0.035 < share < 0.065
    assert pytest.approx(0.5, abs=0.03) == float((found < 0.5).mean())


def test_with_a_difference_the_interval_covers_it_as_often_as_it_says():
    dice = np.random.default_rng(7)
    true = 1.0 / 60

    covered, seen = 0, 0
    for _ in range(TRIALS // 2):
        a, b = simulated(dice, worse=1.0)
        (interval,) = bootstrap_intervals(DOCUMENTS, [difference(a, b)], dice)
        assert interval
        covered += interval[0] <= true <= interval[1]
        seen += interval[0] > 0

    share = covered / (TRIALS // 2)
    print(f"95 % intervals cover the true difference in {share:.2%} of {TRIALS // 2} pairs")
    assert 0.92 < share < 0.97
    assert seen > TRIALS // 10


def test_a_difference_is_found_more_often_than_chance_would():
    dice = np.random.default_rng(3)

    found = np.array([p_of(*simulated(dice, worse=2.0), dice) for _ in range(200)])

    assert (found < 0.05).mean() > 0.5


def test_mcnemars_test_finds_no_more_than_chance_where_there_is_no_difference():
    """It is exact for counts, so it finds rather less."""
    dice = np.random.default_rng(11)
    only_a = dice.binomial(200, 0.1, TRIALS)
    only_b = dice.binomial(200, 0.1, TRIALS)

    found = np.array([exact_p(int(a), int(b)) for a, b in zip(only_a, only_b, strict=True)])

    assert 0.01 < float((found < 0.05).mean()) <= 0.065
