import json
import warnings
from typing import Any

import pytest
from anls_star import anls_score
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.structured.anls_star import ANLS_STAR, anls_star

SCALARS = st.one_of(
    st.sampled_from(["Иванов", "иванов", "Ивановф", "1.5", "ab", "a", "x y", "X  Y"]),
    st.sampled_from([None, True, 1, 1.5]),
)
VALUES = st.recursive(
    SCALARS,
    lambda parts: st.one_of(
        st.lists(parts, max_size=3), st.dictionaries(st.sampled_from("abcd"), parts, max_size=3)
    ),
    max_leaves=10,
)
NESTED = VALUES.filter(lambda value: isinstance(value, list | dict) and bool(value))
FLAT_LISTS = st.lists(SCALARS, min_size=1, max_size=6)


def like(answer: object, target: object) -> float:
    """Ours, both written as JSON."""
    return anls_star(json.dumps(answer), json.dumps(target))


def expected(answer: object, target: object) -> float:
    """What the authors' package gives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score: Any = anls_score(target, answer)
    return float(score)


@given(answer=FLAT_LISTS, target=FLAT_LISTS)
def test_lists_are_scored_as_by_the_authors_package(answer, target):
    assert expected(answer, target) == pytest.approx(like(answer, target), abs=1e-9)


@given(
    answer=st.dictionaries(st.sampled_from("abcd"), FLAT_LISTS | SCALARS, min_size=1),
    target=st.dictionaries(st.sampled_from("abcd"), FLAT_LISTS | SCALARS, min_size=1),
)
def test_objects_are_scored_as_by_the_authors_package(answer, target):
    assert expected(answer, target) == pytest.approx(like(answer, target), abs=1e-9)


INVOICE: dict[str, Any] = {
    "number": "45",
    "seller": {"name": "ООО «Ёлка»", "inn": "7756818117"},
    "items": [
        {"name": "Стол", "sum": 1000.5, "tags": ["дуб", "новый"]},
        {"name": "Стул", "sum": 500, "tags": []},
        {"name": "Шкаф", "sum": None},
    ],
}


@pytest.mark.parametrize(
    "answer",
    [
        INVOICE,
        {**INVOICE, "items": INVOICE["items"][::-1]},
        {**INVOICE, "items": INVOICE["items"][:1]},
        {**INVOICE, "items": [*INVOICE["items"], {"name": "Стул", "sum": 500, "tags": []}]},
        {**INVOICE, "total": None},
        {**INVOICE, "total": {"sum": 1, "currency": {}}},
        {**INVOICE, "seller": "ООО «Ёлка»"},
        {**INVOICE, "items": {"name": "Стол"}},
        {"number": 45},
        {"seller": {}},
        [INVOICE],
        [],
        {},
    ],
)
def test_a_document_is_scored_as_by_the_authors_package(answer):
    assert expected(answer, INVOICE) == pytest.approx(like(answer, INVOICE), abs=1e-9)


@pytest.mark.parametrize(
    ("answer", "target", "value"),
    [
        (["б", "а"], ["а", "б"], 1),
        (["а"], ["а", "б"], 1 / 2),
        (["а", "б", "в"], ["а"], 1 / 3),
        ({"а": "кот"}, {"а": "кот", "б": "пёс"}, 1 / 2),
        ({"а": "кот", "б": "пёс"}, {"а": "кот"}, 1 / 2),
        ({"а": "кот", "б": None}, {"а": "кот"}, 1 / 2),
        ({"а": "кот", "б": {}}, {"а": "кот"}, 1 / 2),
        ([{}, {"а": None}], [{"а": None}], 1),
        ({"а": ""}, {"а": None}, 1),
        ({}, {"а": None}, 1),
        ({"а": None}, {"а": ""}, 0),
        ({"а": "абxy"}, {"а": "абвг"}, 1 / 2),
        ({"а": "аxyz"}, {"а": "абвг"}, 0),
        ({"а": 1}, {"а": "1"}, 1),
        ({"а": True}, {"а": "true"}, 1),
        ({"а": ["кот"]}, {"а": "кот"}, 0),
        ([], [], 1),
        ({}, {}, 1),
        ({}, [], 1),
    ],
)
def test_known_values(answer, target, value):
    assert value == pytest.approx(like(answer, target))


@given(NESTED)
def test_a_value_is_wholly_like_itself(value):
    assert like(value, value) == pytest.approx(1)


@given(NESTED, VALUES)
def test_it_lies_between_0_and_1(target, answer):
    assert 0 <= like(answer, target) <= 1 + 1e-12


@given(st.permutations(["а", "б", None, {"в": 1}, [2, 3], "а"]))
def test_the_order_of_a_list_does_not_matter(answer):
    assert like(answer, ["а", "а", "б", None, [3, 2], {"в": 1}]) == pytest.approx(1)


def test_json_is_found_in_prose_and_mended():
    assert 1 == anls_star("Вот: ```json\n{'а': 'кот',}\n```", '{"а": "кот"}')


@pytest.mark.parametrize(
    ("answer", "target", "value"),
    [
        ("Иваноф", "Иванов", 1 - 1 / 6),
        ('["а"]', "а", 0),
        ("45", "45", 1),
        ("смотри [1]", "Смотри  [1]", 1),
        ("кот", '["кот"]', 0),
        ("", "{}", 0),
        ("", "", 1),
    ],
)
def test_targets_that_are_no_list_or_object_are_text(answer, target, value):
    assert value == pytest.approx(anls_star(answer, target))


def test_targets_nested_without_end_are_text():
    deep = "[" * 300 + "]" * 300

    assert 1 == anls_star(deep, deep)
    assert 0 == anls_star("[1]", deep)


def test_lists_in_lists_are_compared_once():
    """Twice at each level would be four thousand million times here."""
    deep = "[" * 32 + '"кот"' + "]" * 32

    assert 1 == anls_star(deep, deep)


def test_lists_too_long_to_match_are_compared_in_order():
    target = list(range(1001))

    assert 1 == like(target, target)
    assert like(target[::-1], target) < 0.5
    assert 1 == like(target[:60][::-1], target[:60])


def test_the_closest_target_counts():
    assert Score(1.0, 1) == ANLS_STAR.score('{"а": 2}', truth('{"а": 1}', '{"а": 2}'))
