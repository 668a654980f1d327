import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.yes_no import YES_NO, yes_or_no


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Yes", "Yes"),
        ("NO.", "No"),
        ("yes, it is.", "Yes"),
        ("Yes, no", "Unknown"),
        ("yes/no", "Unknown"),
        ("There is no cat", "No"),
        ("nothing", "Unknown"),
        ("yes!!", "Yes"),
        ("yes-man", "Yes"),
        ("noyes", "Unknown"),
        ("**Yes**", "Unknown"),
        ('"yes"', "Yes"),
        ("да", "Unknown"),
        ("", "Unknown"),
    ],
)
def test_known_answers(answer: str, expected: str):
    """Asterisks are not among the marks that are taken out."""
    assert expected == yes_or_no(answer)


@pytest.mark.parametrize("answer", ["Yes", "No", "Unknown", "both yes and no", ""])
def test_only_what_says_the_target_is_right(answer: str):
    assert Score(answer == "Yes", 1) == YES_NO.score(answer, truth("Yes"))
    assert Score(answer == "No", 1) == YES_NO.score(answer, truth(" no "))
    assert Score(0, 1) == YES_NO.worst(truth("No"))


@pytest.mark.parametrize("sample", [truth(), truth("A"), truth("")])
def test_other_targets_are_not_judged(sample):
    reason = Unscored("the target is neither Yes nor No")

    assert [reason, reason] == [YES_NO.score("Yes", sample), YES_NO.worst(sample)]


@given(st.text())
def test_nothing_is_right_both_ways(answer: str):
    scores = [YES_NO.score(answer, truth(target)) for target in ("Yes", "No")]

    assert scores != [Score(1, 1), Score(1, 1)]


@pytest.mark.parametrize("part", ["yes no ", "1,2 ", ". ", "(", "\0"])
def test_a_runaway_answer_says_nothing(part: str):
    assert "Unknown" == yes_or_no(part * (80_000 // len(part)))
