import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.vqa_accuracy import VQA_ACCURACY


def value(text: str, *targets: str) -> float:
    score = VQA_ACCURACY.score(text, truth(*targets))
    assert isinstance(score, Score)
    assert 1 == score.denominator
    return score.numerator


@pytest.mark.parametrize(
    ("agreeing", "expected"),
    [(0, 0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1), (10, 1)],
)
def test_known_values_for_ten_people(agreeing, expected):
    """Three agree: for seven people left out it is 3/3, for those three it is 2/3."""
    people = ("cat",) * agreeing + ("dog",) * (10 - agreeing)

    assert expected == pytest.approx(value("The cat.", *people))


def test_answers_are_compared_after_normalisation():
    assert 1 == value("2 dogs", *("Two  dogs",) * 4, *("the two dogs",) * 6)


def test_a_single_human_answer_cannot_be_agreed_with():
    """As VLMEvalKit has it: nobody is left when that person is left out."""
    assert 0 == value("cat", "cat")


@given(st.lists(st.sampled_from(["cat", "dog", "Cat", "2", "two"]), min_size=1, max_size=12))
def test_it_is_the_mean_over_people_left_out(people):
    """By the definition, one person after the other."""
    plain = [{"Cat": "cat", "two": "2"}.get(answer, answer) for answer in people]
    others = [plain[:place] + plain[place + 1 :] for place in range(len(plain))]
    expected = sum(min(1, rest.count("cat") / 3) for rest in others) / len(people)

    assert expected == pytest.approx(value("cat", *people), abs=1e-12)


def test_without_a_target_there_is_no_score():
    assert Unscored("the sample has no target") == VQA_ACCURACY.score("cat", truth())
    assert Unscored("the sample has no target") == VQA_ACCURACY.worst(truth())


def test_the_worst_is_nothing():
    assert Score(0, 1) == VQA_ACCURACY.worst(truth("cat", "dog"))
