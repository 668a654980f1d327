import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.naturalbench import (
    NATURALBENCH_ACC,
    NATURALBENCH_GACC,
    NATURALBENCH_IACC,
    NATURALBENCH_QACC,
    first_word,
)

PLACE = {"type": "yes_no", "question_id": "1", "image_id": "0"}
SAMPLE = truth("Yes", group="5", metadata=PLACE)
OF_GROUPS = (NATURALBENCH_QACC, NATURALBENCH_IACC, NATURALBENCH_GACC)
METRICS = (NATURALBENCH_ACC, *OF_GROUPS)


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        ("Yes, no", "yes_no", 1),
        ("no yes", "yes_no", 2),
        ("nothing, yesterday", "yes_no", 0),
        ("A", "multiple_choice", 1),
        ("It is a B", "multiple_choice", 1),
        ("(b)", "multiple_choice", 2),
        ("B. A", "multiple_choice", 2),
        ("Alpha", "multiple_choice", 0),
        ("formula", "multiple_choice", 0),
        ("a piano", "yes_no", 0),
        ("ye\u017f", "yes_no", 1),
        ("", "yes_no", 0),
    ],
)
def test_the_first_word_decides(answer: str, kind: str, expected: int):
    """Even an article, and even a long s, which is an s in any case."""
    assert expected == first_word(answer, kind)


@pytest.mark.parametrize("metric", METRICS)
def test_an_answer_is_right_when_its_first_word_is_the_target(metric):
    choice = truth("B", group="5", metadata={**PLACE, "type": "multiple_choice"})

    assert [1, 0, 0] == [metric.score(text, SAMPLE).value for text in ("YES", "No, yes", "maybe")]
    assert [1, 0] == [metric.score(text, choice).value for text in ("b", "a B")]
    assert Score(0, 1) == metric.worst(SAMPLE)


def test_units_are_questions_images_and_groups():
    assert ["5_1", "5_0", "5"] == [metric.key(SAMPLE) for metric in OF_GROUPS]


@pytest.mark.parametrize(
    "sample",
    [
        truth("Yes", group="5", metadata={**PLACE, "type": "essay"}),
        truth("A", group="5", metadata=PLACE),
        truth(group="5", metadata=PLACE),
    ],
)
@pytest.mark.parametrize("metric", METRICS)
def test_what_is_no_question_of_its_kind_is_not_judged(metric, sample):
    assert isinstance(metric.score("yes", sample), Unscored)
    assert isinstance(metric.worst(sample), Unscored)


@pytest.mark.parametrize("metric", OF_GROUPS)
def test_a_sample_without_its_group_is_not_judged(metric):
    assert isinstance(metric.score("yes", truth("Yes", metadata=PLACE)), Unscored)


def test_a_sample_that_does_not_say_its_question_is_judged_alone_or_in_its_group():
    sample = truth("Yes", group="5", metadata={"type": "yes_no"})

    scores = [metric.score("yes", sample) for metric in METRICS]

    assert [Score(1, 1), Score(1, 1)] == [scores[0], scores[3]]
    assert all(isinstance(score, Unscored) for score in scores[1:3])


@given(st.text(), st.sampled_from(["yes_no", "multiple_choice"]))
def test_nothing_is_right_both_ways(answer: str, kind: str):
    assert first_word(answer, kind) in (0, 1, 2)
