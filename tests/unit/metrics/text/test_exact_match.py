import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.text.exact_match import EXACT_MATCH, EXACT_MATCH_RAW


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("449764,88", "449 764,88", 1),
        ("449\u00a0764,88", "449 764,88", 1),
        ("ИВАНОВ", "Иванов", 1),
        ("ООО \u201cЁлка\u201d", "ООО «Елка»", 1),
        ("449 764,88 руб.", "449 764,88", 0),
        ("со\u00adгла\u200bсие\ufeff", "согласие", 1),
        ("", "", 1),
        ("", "Иванов", 0),
    ],
)
def test_known_values(answer, target, expected):
    assert Score(expected, 1) == EXACT_MATCH.score(answer, truth(target))


@given(st.text())
def test_a_text_matches_itself(text):
    assert Score(1, 1) == EXACT_MATCH.score(text, truth(text))


@given(st.text(), st.text())
def test_it_matches_both_ways_or_neither(left, right):
    assert EXACT_MATCH.score(left, truth(right)) == EXACT_MATCH.score(right, truth(left))


def test_any_target_will_do():
    assert Score(1, 1) == EXACT_MATCH.score(
        "15 августа 2025 г.", truth("15.08.2025", "15 августа 2025 г.")
    )


@pytest.mark.parametrize(
    ("answer", "expected"), [("Ёлка", 1), ("ёлка", 0), ("Елка", 0), ("Ёлка\n", 0)]
)
def test_raw_forgives_nothing(answer, expected):
    assert Score(expected, 1) == EXACT_MATCH_RAW.score(answer, truth("Ёлка"))
