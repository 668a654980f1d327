import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.text.values_found import VALUES_FOUND

INVOICE = {
    "number": "12-А",
    "total": 1234.5,
    "seller": {"name": "ООО «Ромашка»", "inn": "7707083893"},
    "rows": [{"n": 1, "paid": True}, {"n": 2, "paid": None}],
    "note": "",
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('Счёт 12-а, ИНН 7707083893, ооо "ромашка", итого 1234.5; 1 и 2', 6),
        ("77070838930 112-А", 0),
        ("", 0),
        ("true null", 0),
    ],
)
def test_values_of_a_json_target_are_looked_for_on_the_page(page: str, found: int):
    assert Score(found, 6) == VALUES_FOUND.score(page, truth(json.dumps(INVOICE)))


@pytest.mark.parametrize(
    ("target", "answer", "found"),
    [
        ("ООО «Ромашка»", 'ООО "Ромашка"', 1),
        (2, 2.0, 1),
        (2, 2.5, 0),
        ("a\nb", "a\nb", 1),
        ("Ромашка, Лютик", ["Ромашка,", "Лютик"], 0),
    ],
)
def test_values_of_a_json_answer_are_what_it_says_not_how_it_is_written(target, answer, found):
    sample = truth(json.dumps({"a": target}, ensure_ascii=False))

    answer_text = json.dumps({"b": answer}, ensure_ascii=False)
    assert Score(found, 1) == VALUES_FOUND.score(answer_text, sample)


def test_the_target_most_of_whose_values_are_there_counts():
    sample = truth('{"a": "x", "b": "y"}', '{"a": "x"}')

    assert Score(1, 1) == VALUES_FOUND.score("x", sample)


def test_values_of_a_json_answer_stay_apart():
    sample = truth('{"a": "x\\ny"}')

    assert Score(1, 1) == VALUES_FOUND.score('{"b": "x\\ny", "c": "z"}', sample)


def test_what_stands_around_a_json_answer_counts_too():
    sample = truth('{"number": "12-А", "total": 7}')

    assert Score(2, 2) == VALUES_FOUND.score('Счёт 12-А\n{"a": 7}', sample)


def test_a_target_without_values_does_not_hide_another():
    assert Score(1, 2) == VALUES_FOUND.score("x", truth("{}", '{"a": "x", "b": "y"}'))


def test_a_target_without_values_adds_nothing():
    assert Score(0, 0) == VALUES_FOUND.score("x", truth("{}"))


def test_a_target_that_is_no_json_is_not_scored():
    assert isinstance(VALUES_FOUND.score("x", truth("plain")), Unscored)


@given(st.text(), JSON)
def test_a_score_is_a_share(page: str, target: object):
    score = VALUES_FOUND.score(page, truth(json.dumps([target])))

    assert isinstance(score, Score)
    assert 0 <= score.numerator <= score.denominator
    worst = VALUES_FOUND.worst(truth(json.dumps([target])))
    assert Score(0, score.denominator) == worst
