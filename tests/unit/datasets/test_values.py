"""Values of records at the edges of what samples can have."""

import math
from string import ascii_uppercase

import pytest

from vlmhb.datasets.values import RecordProblem, as_json, choices_of, letters_of

CHOICES = (("A", "x"), ("B", "y"))


def test_a_list_of_choices_has_as_many_texts_as_there_are_letters():
    assert tuple(ascii_uppercase) == tuple(letter for letter, _ in choices_of(["x"] * 26))
    with pytest.raises(RecordProblem, match="expected at most 26 texts"):
        choices_of(["x"] * 27)


@pytest.mark.parametrize("answer", ["2", "-1", "1.0", "²", "", "B"])
def test_an_answer_counts_the_choices_from_0(answer: str):
    assert ("B", "A") == letters_of(["1", "0"], CHOICES)
    with pytest.raises(RecordProblem, match="expected a number below 2"):
        letters_of(["1", answer], CHOICES)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_does_not_know_is_nothing(value: float):
    assert [1.5, None] == as_json([1.5, value])
