import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.bbox_iou import BBOX_IOU, overlap

BOX = truth("[10, 10, 20, 20]")
BOXES = st.tuples(*[st.floats(0, 100)] * 4)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("[10, 10, 20, 20]", 1),
        ("(10,10,20,20)", 1),
        ("(10, 10), (20, 20)", 1),
        ("<box>(10,10),(20,20)</box>", 1),
        ('{"bbox": [10.0, 10.0, 20.0, 20]}', 1),
        ("сначала [1, 2, 3, 4], потом [10, 10, 20, 20].", 1),
        ("[15, 10, 25, 20]", 1 / 3),
        ("[30, 30, 40, 40]", 0),
        ("[20, 20, 10, 10]", 0),
        ("[10, 10, 10, 20]", 0),
        ("10 10 20 20", 0),
        ("[10, 10, 20]", 0),
        ("", 0),
    ],
)
def test_the_last_box_is_compared(answer, expected):
    assert Score(expected, 1) == BBOX_IOU.score(answer, BOX)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("[10, 50, 30, 60]", 1 / 3),
        ("[0, 55, 20, 65]", 1 / 3),
        ("[5, 52, 15, 58]", 60 / 200),
        ("[0, 60, 20, 70]", 0),
        ("[0, 40, 20, 50]", 0),
        ("[-5, 50, 20, 60]", 0),
        ("[0.00, 50.25, 20.0, 60.125]", 195 / 202.5),
    ],
)
def test_a_box_may_lie_anywhere(answer, expected):
    """Not on the diagonal, and not in whole pixels."""
    score = BBOX_IOU.score(answer, truth("[0, 50, 20, 60]"))

    assert isinstance(score, Score)
    assert expected == pytest.approx(score.numerator)


def test_the_best_target_counts():
    assert Score(1, 1) == BBOX_IOU.score("[1, 1, 2, 2]", truth("[10, 10, 20, 20]", "[1, 1, 2, 2]"))


def test_a_target_without_a_box_is_unscored():
    assert isinstance(BBOX_IOU.score("[1, 1, 2, 2]", truth("нет")), Unscored)


def test_a_failed_sample_gets_nothing():
    assert Score(0, 1) == BBOX_IOU.worst(BOX)


@given(BOXES, BOXES)
def test_the_overlap_is_symmetric_and_a_share(one, other):
    assert 0 <= overlap(one, other) <= 1 + 1e-9
    assert overlap(one, other) == pytest.approx(overlap(other, one))


@pytest.mark.parametrize("text", ["[1," * 30_000, "(1,2)," * 15_000, "[1, 2, 3, " + "4" * 80_000])
def test_a_hostile_answer_is_read_to_an_end(text):
    assert isinstance(BBOX_IOU.score(text, BOX), Score)
