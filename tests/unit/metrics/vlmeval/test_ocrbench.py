import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.ocrbench import FORMULAS, OCRBENCH


@pytest.mark.parametrize(
    ("answer", "targets", "right"),
    [
        ("It says STOP.", ("stop",), 1),
        ("nonstop", ("stop",), 1),
        ("go", ("stop", "GO"), 1),
        ("a\nb", ("A b",), 1),
        ("a\tb", ("a b",), 0),
        ("a  b", ("a b",), 0),
        ("", ("stop",), 0),
        ("", ("",), 1),
        ("кот", (" КОТ\n",), 1),
    ],
)
def test_a_target_within_the_answer_is_enough(answer: str, targets: tuple[str, ...], right: int):
    assert Score(right, 1) == OCRBENCH.score(answer, truth(*targets))


@pytest.mark.parametrize(
    ("answer", "right"), [("x + y", 1), ("= x +\ny", 1), ("X+y", 0), ("x\t+y", 0)]
)
def test_formulas_keep_their_case_and_lose_their_spaces(answer: str, right: int):
    category = "Handwritten Mathematical Expression Recognition"
    formula = truth("\tx +y", metadata={"category": category})

    assert Score(right, 1) == OCRBENCH.score(answer, formula)


def test_a_missing_answer_is_wrong():
    """Even where the target is no text, which every answer holds."""
    assert Score(0, 1) == OCRBENCH.worst(truth(""))


def test_without_a_target_nothing_is_judged():
    assert Unscored("the sample has no target") == OCRBENCH.score("x", truth())
    assert Unscored("the sample has no target") == OCRBENCH.worst(truth())


@given(st.text(), st.text(), st.text())
def test_a_target_is_found_wherever_it_stands(before: str, target: str, after: str):
    formula = truth(target, metadata={"category": FORMULAS})

    assert Score(1, 1) == OCRBENCH.score(before + target + after, formula)
