import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.best_target import BestTarget

LENGTHS = BestTarget(
    "lengths", "Lengths", "", "raw", lambda answer, target: len(answer) / len(target)
)


def test_the_closest_target_counts():
    assert Score(0.5, 1) == LENGTHS.score("а", truth("абвг", "аб", "абв"))


def test_a_failed_sample_gets_nothing():
    assert Score(0, 1) == LENGTHS.worst(truth("а"))


@pytest.mark.parametrize("result", [LENGTHS.score("а", truth()), LENGTHS.worst(truth())])
def test_a_sample_without_targets_is_unscored(result):
    assert Unscored("the sample has no target") == result
