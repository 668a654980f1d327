import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.ordering.page_order import page_order


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
        "```json\n[2, 1, 3]\n```",
    ],
)
def test_an_order_is_read_however_it_is_written(text):
    assert (2, 1, 3) == page_order(text)


@pytest.mark.parametrize(("text", "expected"), [("", ()), ("нет", ()), ("стр. 5", (5,))])
def test_a_text_without_a_list_has_what_numbers_it_has(text, expected):
    assert expected == page_order(text)


@given(st.lists(st.integers(0, 999), min_size=1))
def test_any_list_is_read_back(order):
    assert tuple(order) == page_order(", ".join(map(str, order)))


@given(st.text())
def test_no_text_raises(text):
    assert all(number >= 0 for number in page_order(text))
