import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.ordering.page_order import numbers_in, page_order


@pytest.mark.parametrize(
    "text",
    [
        "2, 1, 3",
        "2 1 3",
        "2 -> 1 -> 3",
        "2 → 1 → 3",
        "[2, 1, 3]",
        '["2", "1", "3"]',
        '{"order": [2, 1, 3]}',
        "2\n1\n3",
        "Подано 3 страницы. Порядок: 2, 1, 3.",
        "1, 2, 3? Нет: 2, 1, 3",
        "2, 1, 3. Всего 3",
        "```json\n[2, 1, 3]\n```",
        "Page 2, Page 1, Page 3",
        "страницы 2, 1 и 3",
        "Страница 2, затем страница 1, и 3",
        "2, 1, and 3",
        "page_2 -> page_1 -> page_3",
        "стр. 2, стр. 1, стр. 3",
        "2쪽, 1쪽, 3쪽",
        '["page_2", "page_1", "page_3"]',
        '["2쪽", "1쪽", "3쪽"]',
        "2, 1, 3 (2025-08-15)",
        "The 3 pages 2, 1, 3",
    ],
)
def test_an_order_is_read_however_it_is_written(text):
    assert (2, 1, 3) == page_order(text)


@pytest.mark.parametrize(("text", "expected"), [("", ()), ("нет", ()), ("стр. 5", (5,))])
def test_a_text_without_a_list_has_what_numbers_it_has(text, expected):
    assert expected == page_order(text)


@pytest.mark.parametrize(
    "text", ["5", '{"a": [1], "b": [2]}', "[-3, 1]", '["2025-08-15", "1"]', "[1.5, 2]"]
)
def test_a_list_of_other_things_is_no_order_of_pages(text):
    assert numbers_in(json.loads(text)) is None


@given(st.lists(st.integers(0, 999), min_size=1))
def test_any_list_is_read_back(order):
    assert tuple(order) == page_order(", ".join(map(str, order)))


@given(st.text())
def test_no_text_raises(text):
    assert all(number >= 0 for number in page_order(text))
