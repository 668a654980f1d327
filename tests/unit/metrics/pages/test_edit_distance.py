import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.edit_distance import EDIT_DISTANCE


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("кот", "кит", Score(1, 3)),
        ("котик", "кот", Score(2, 5)),
        (" кот\n", "кот", Score(0, 3)),
        ("кот", "\tкот ", Score(0, 3)),
        ("", "кот", Score(3, 3)),
        ("кот", "", Score(3, 3)),
        ("", "", Score(0, 0)),
    ],
)
def test_edits_are_counted_over_the_longer_text(answer, target, expected):
    assert expected == EDIT_DISTANCE.score(answer, truth(target))


def test_the_closest_target_counts():
    assert Score(0, 3) == EDIT_DISTANCE.score("кот", truth("дом", "кот"))
    assert Score(0, 0) == EDIT_DISTANCE.score("", truth("дом", ""))


def test_without_a_target_nothing_is_said():
    assert isinstance(EDIT_DISTANCE.score("кот", truth()), Unscored)
    assert isinstance(EDIT_DISTANCE.worst(truth()), Unscored)


def test_a_failed_sample_is_all_edits():
    assert Score(3, 3) == EDIT_DISTANCE.worst(truth("кот"))
    assert Score(1, 1) == EDIT_DISTANCE.worst(truth(""))


@given(st.text(), st.text())
def test_it_is_symmetric_and_never_above_one(one, other):
    score = EDIT_DISTANCE.score(one, truth(other))

    assert score == EDIT_DISTANCE.score(other, truth(one))
    assert isinstance(score, Score)
    assert 0 <= (score.value or 0) <= 1
