import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.mcq import MCQ, MCQ_CIRCULAR

CHOICES = (("A", "bear"), ("B", "rabbit"), ("C", "cat"))
QUESTION = truth("B", choices=CHOICES, group="7")
METRICS = (MCQ, MCQ_CIRCULAR)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("answer", "right"), [("B", 1), ("rabbit", 1), ("A", 0), ("", 0), ("?", 0)]
)
def test_only_the_right_option_counts(metric, answer: str, right: int):
    assert Score(right, 1) == metric.score(answer, QUESTION)


@pytest.mark.parametrize("metric", METRICS)
def test_a_missing_answer_is_wrong(metric):
    assert Score(0, 1) == metric.worst(QUESTION)
    assert Score(0, 1) == metric.worst(truth("A", group="7"))


def test_any_of_several_right_options_counts():
    question = truth("A", "C", choices=CHOICES)

    assert [Score(1, 1), Score(0, 1), Score(1, 1)] == [MCQ.score(x, question) for x in "ABC"]


@pytest.mark.parametrize(
    ("target", "answer", "right"),
    [
        ("42", "A", 1),
        ("42", "it is 42", 1),
        ("42", "43", 0),
        ("42", "B", 0),
        ("42", "other answers", 0),
        ("42", "42, other answers", 0),
        ("B", "B", 1),
        ("B", "A", 0),
        ("C", "C", 0),
        ("AB", "A", 1),
        ("7", "A", 1),
        ("", "A", 1),
    ],
)
def test_an_open_question_is_a_choice_between_its_target_and_others(
    target: str, answer: str, right: int
):
    """A target that is a letter is taken for an option, though C is none: so does VLMEvalKit."""
    assert Score(right, 1) == MCQ.score(answer, truth(target))


def test_several_targets_of_an_open_question_are_one_option():
    """So VLMEvalKit has it: the option is the text of the list, and 24/7 alone is wrong."""
    question = truth("24/7", "3.429")

    assert Score(0, 1) == MCQ.score("24/7", question)
    assert Score(1, 1) == MCQ.score("['24/7', '3.429']", question)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (truth(choices=CHOICES), "the sample has no target"),
        (truth("rabbit", choices=CHOICES), 'the target "rabbit" is none of the options'),
    ],
)
def test_a_question_without_a_truth_is_not_judged(question, reason: str):
    assert Unscored(reason) == MCQ.score("B", question)
    assert Unscored(reason) == MCQ.worst(question)


def test_rotations_are_not_judged_when_it_is_unknown_which_they_are():
    question = truth("B", choices=CHOICES)

    assert isinstance(MCQ_CIRCULAR.score("B", question), Unscored)
    assert isinstance(MCQ_CIRCULAR.worst(question), Unscored)


def test_a_question_is_right_when_every_rotation_is():
    right, wrong = Score(1, 1), Score(0, 1)

    assert Score(1, 1) == MCQ_CIRCULAR.combine([right, right, right])
    assert Score(0, 1) == MCQ_CIRCULAR.combine([right, wrong, right])
    assert Score(1, 1) == MCQ_CIRCULAR.combine([right])


def test_rotations_have_the_key_of_their_question():
    assert "7" == MCQ_CIRCULAR.key(QUESTION)


@given(st.text(), st.text())
def test_every_answer_to_every_question_gets_a_whole_score(answer: str, target: str):
    for question in (truth(target), truth("C", choices=(("A", target), ("C", answer)))):
        assert MCQ.score(answer, question) in (Score(0, 1), Score(1, 1))


@pytest.mark.parametrize("answer", ["A " * 40_000, "bear" * 20_000, "\0" * 80_000])
def test_a_runaway_answer_is_wrong(answer: str):
    assert Score(0, 1) == MCQ.score(answer, QUESTION)
