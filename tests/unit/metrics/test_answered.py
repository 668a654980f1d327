"""Whether there is any answer."""

import pytest

from tests.build import failed, truth
from vlmhb.domain.score import Failed, Score
from vlmhb.metrics.answered import ANSWERED
from vlmhb.metrics.scoring import result_of


@pytest.mark.parametrize(("text", "points"), [("a", 1), ("0", 1), ("", 0), (" \n\u00a0", 0)])
def test_any_text_is_an_answer_and_a_blank_is_none(text: str, points: int):
    assert Score(points, 1) == ANSWERED.score(text, truth())


def test_a_failure_without_a_truth_counts_as_one():
    result = result_of(ANSWERED, ANSWERED.score, failed(), truth())

    assert isinstance(result, Failed)
    assert Score(0, 1) == result.worst
