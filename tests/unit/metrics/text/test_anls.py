import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.text.anls import ANLS, anls, anls_paper


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("Иванов", "иванов", 1.0),
        ("Иваноо", "Иванов", 1 - 1 / 6),
        ("абвг", "абxy", 0.5),
        ("абвгд", "абxyz", 0.0),
        ("", "", 1.0),
        ("", "а", 0.0),
        ("합계금액", "합계금맥", 0.75),
    ],
)
def test_known_values(answer, target, expected):
    """A similarity of exactly 0.5 is kept."""
    assert expected == anls(answer, target)


def test_the_length_is_that_of_the_texts_as_they_came():
    """One edit is counted over the 8 characters with the spaces, not over 4."""
    assert 1 - 1 / 8 == anls("а  б    "[:8], "а в")


@pytest.mark.parametrize(("answer", "target"), [("aßxx", "axxx"), ("axxx", "aßxx")])
def test_the_length_is_taken_in_upper_case(answer, target):
    """VLMEvalKit does so, and it shows where upper case is longer: SS for ß."""
    assert 1 - 1 / 5 == anls(answer, target)


@given(st.text())
def test_a_text_is_wholly_similar_to_itself(text):
    assert anls(text, text) == 1


@given(st.text(), st.text())
def test_it_is_symmetric_and_either_nothing_or_at_least_half(left, right):
    similarity = anls(left, right)

    assert similarity == anls(right, left)
    assert similarity == 0 or 0.5 <= similarity <= 1


def test_the_closest_target_counts():
    assert Score(1.0, 1) == ANLS.score("двадцать", truth("20", "Двадцать"))


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("Иванов", " иванов\n", 1.0),
        ("Иваноо", "Иванов", 1 - 1 / 6),
        ("абвxy", "абвгд", 1 - 2 / 5),
        ("абвг", "абxy", 0.0),
        ("", "", 1.0),
        ("", "а", 0.0),
    ],
)
def test_the_paper_drops_exactly_one_half(answer, target, expected):
    assert expected == anls_paper(answer, target)


def test_the_paper_measures_the_normalised_texts():
    """One edit over 3 characters, where `anls` counts 8."""
    assert 1 - 1 / 3 == anls_paper("а  б    ", "а в")


@given(st.text(), st.text())
def test_the_paper_is_symmetric_and_either_nothing_or_above_half(left, right):
    similarity = anls_paper(left, right)

    assert similarity == anls_paper(right, left)
    assert similarity == 0 or 0.5 < similarity <= 1


@given(st.text("абв", max_size=12), st.text("абв", max_size=12))
def test_stopping_at_a_half_changes_no_figure(left, right):
    """Against the definition, with every distance counted to its end."""
    length = max(len(left), len(right), 1)
    similarity = 1 - Levenshtein.distance(left, right) / length

    assert (similarity if similarity >= 0.5 else 0) == anls(left, right)
    assert (similarity if similarity > 0.5 else 0) == anls_paper(left, right)
