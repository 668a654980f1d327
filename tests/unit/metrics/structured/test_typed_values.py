import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.structured.kie_f1 import KIE_F1, KIE_F1_TYPED
from vlmhb.metrics.structured.typed_values import meaning

TEXTS = st.sampled_from(
    ["03/04/2025", "03.04.2025", "04.03.2025", "3 апреля 2025 г.", "1 234,56 руб.", "1234.56", "x"]
)
LEAVES = TEXTS | st.none() | st.booleans() | st.sampled_from([1234.56, 1234, 5])
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("ab"), VALUES, max_size=2)


def sample(target: Any, **changes: object) -> Sample:
    return truth(json.dumps(target), **changes)


def shared(target: Any, answer: Any, **metadata: Json) -> float:
    """Values that the metric finds in both."""
    score = KIE_F1_TYPED.score(json.dumps(answer), sample(target, metadata=metadata))
    assert isinstance(score, Score)
    return score.numerator / 2


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ("15 августа 2025 г.", "2025-08-15", 1),
        ("15 августа 2025 г.", "2025-08-16", 0),
        ("449 764,88", "449764.88 руб.", 1),
        ("449 764,88", 449764.88, 1),
        ("449 764,88 руб.", 449764.88, 1),
        ("1 234 567 руб.", 1234567, 1),
        ("449 764,88", "449 764,89", 0),
        ("449 764,88", "449 764,88 и 449 764,89", 0),
        ("7707083893", "ИНН 7707083893", 1),
        ("7707083893", "7707083893, 7703534320", 0),
        ("112-233-445 95", "11223344595", 1),
        ("45 05 679944", "серия 4505 № 679944", 1),
        ("Иванов Иван Иванович", "ИВАН ИВАНОВИЧ ИВАНОВ", 1),
        ("Иванов Иван Иванович", "Иванов И. И.", 0),
        ("ООО Ромашка", "Ромашка ООО", 0),
        ("2387", "№ 2387", 0),
        (37, "37 шт", 0),
        (True, "true", 1),
        (True, 1, 0),
        ("15.08.2025", None, 0),
        ("15.08.2025", True, 0),
        ("1,00 руб.", True, 0),
    ],
)
def test_values_are_right_when_they_mean_the_same(target, answer, expected):
    assert expected == shared({"a": target}, {"a": answer})


def test_the_counts_are_those_of_all_pairs():
    target = {"date": "15.08.2025", "total": "449 764,88", "vat": "74 960,81"}
    answer = {"date": "15 августа 2025", "total": "449764.88", "vat": "0", "bik": "044525225"}

    assert Score(4, 7) == KIE_F1_TYPED.score(json.dumps(answer), sample(target))
    assert Score(0, 7) == KIE_F1.score(json.dumps(answer), sample(target))


def test_items_are_paired_by_what_they_mean():
    target = [{"on": "01.02.2025", "sum": "100,00 руб."}, {"on": "02.02.2025", "sum": "5,00 руб."}]
    answer = [{"on": "2025-02-02", "sum": 5}, {"on": "2025-02-01", "sum": 100}]

    assert 4 == shared(target, answer)
    assert 2 == shared(["01.02.2025", "02.02.2025"], ["2025-02-02", "2025-02-01"])


def test_texts_are_paired_in_the_best_way_and_not_first_with_their_equals():
    """Pairing the equal texts first would leave two dates over that share no meaning."""
    assert 2 == shared(["03/04/2025", "04.03.2025"], ["03/04/2025", "03.04.2025"])


def test_equal_texts_of_long_lists_are_counted():
    target = ["01.02.2025", "x"] * 600

    assert 1200 == shared(target, target[::-1])


@pytest.mark.parametrize(
    "metadata",
    [
        {"field_types": {"Total": "money", "items": {"sum": "money"}}},
        {"field_types": {"total": "Money", "items": [{"sum": "money"}]}},
        {"field_types": json.dumps({"total": "money", "items": {"sum": "money"}})},
        {
            "schema": {
                "properties": {
                    "total": {"anyOf": [{"type": "string", "format": "money"}, {"type": "null"}]},
                    "items": {"items": {"properties": {"sum": {"format": "money"}}}},
                }
            }
        },
    ],
)
def test_the_dataset_can_say_what_kind_a_field_is_of(metadata):
    target = {"total": "9,105", "items": [{"sum": "4,233", "name": "4,233"}]}
    answer = {"total": "9105 руб.", "items": [{"sum": "4233", "name": "4233"}]}
    korean = {"language": "ko"}

    assert Score(4, 6) == KIE_F1_TYPED.score(
        json.dumps(answer), sample(target, metadata=metadata, **korean)
    )
    assert Score(0, 6) == KIE_F1_TYPED.score(json.dumps(answer), sample(target, **korean))


def test_what_is_said_to_be_text_is_not_read_as_anything_else():
    assert 1 == shared({"a": "15.08.2025"}, {"a": "2025-08-15"})
    assert 0 == shared({"a": "15.08.2025"}, {"a": "2025-08-15"}, field_types={"a": "text"})


def test_field_types_count_before_the_schema():
    schema = {"properties": {"a": {"format": "text"}, "b": {"format": "email"}}}
    target, answer = {"a": "15.08.2025"}, {"a": "2025-08-15"}

    assert 0 == shared(target, answer, schema=schema)
    assert 1 == shared(target, answer, schema=schema, field_types={"a": "date", "c": None})


def test_a_target_that_its_kind_cannot_read_is_compared_as_text():
    assert 1 == shared({"a": "вчера"}, {"a": "Вчера"}, field_types={"a": "date"})
    assert 0 == shared({"a": "вчера"}, {"a": "15.08.2025"}, field_types={"a": "date"})


def test_a_kind_that_does_not_exist_leaves_the_sample_unscored():
    result = KIE_F1_TYPED.score("{}", sample({"a": 1}, metadata={"field_types": {"a": "colour"}}))

    assert isinstance(result, Unscored)
    assert 'unknown field type "colour"; known: date' in result.reason


def test_the_language_of_the_sample_decides_what_an_amount_means():
    target, answer = {"a": "1 234.00 USD"}, json.dumps({"a": "1,234"})

    assert Score(2, 2) == KIE_F1_TYPED.score(answer, sample(target, language="en"))
    assert Score(0, 2) == KIE_F1_TYPED.score(answer, sample(target, language="ru"))


def test_the_dot_of_a_number_parts_decimals_whatever_the_language():
    target, answer = {"a": "234,5670 EUR"}, {"a": 234.567}

    assert Score(2, 2) == KIE_F1_TYPED.score(json.dumps(answer), sample(target, language="de"))


def test_each_value_of_a_long_list_is_read_once_for_each_kind():
    target = ["15.08.2025", "5 руб.", "+7 (495) 123-45-67"] * 2
    answer = [str(number) for number in range(2_000)]
    meaning.cache_clear()

    shared(target, answer)

    assert meaning.cache_info().misses == 3 * 2_000 + 3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"a": ["2025-08-15"] * 5_000}, Score(2, 5_001)),
        ({"a": "2025-08-15 " * 8_000}, Score(2, 2)),
        ({"a": "9" * 80_000}, Score(0, 2)),
        ({"a": {"a": "2025-08-15"}}, Score(0, 2)),
    ],
)
def test_an_answer_that_runs_on_is_counted_in_full(answer, expected):
    assert expected == KIE_F1_TYPED.score(json.dumps(answer), sample({"a": "15.08.2025"}))


@settings(deadline=None)
@given(OBJECTS, OBJECTS)
def test_what_is_equal_as_text_is_right_by_type_too(target, answer):
    by_text = KIE_F1.score(json.dumps(answer), sample(target))
    by_type = KIE_F1_TYPED.score(json.dumps(answer), sample(target))

    assert isinstance(by_text, Score)
    assert isinstance(by_type, Score)
    assert by_text.denominator == by_type.denominator
    assert by_text.numerator <= by_type.numerator <= by_type.denominator


@settings(deadline=None)
@given(OBJECTS)
def test_a_value_means_what_it_means(value):
    score = KIE_F1_TYPED.score(json.dumps(value), sample(value))

    assert isinstance(score, Score)
    assert score.numerator == score.denominator
