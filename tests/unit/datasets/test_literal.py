"""Lists in cells are read, and nothing is ever evaluated."""

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.datasets.literal import list_of


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("[]", ()),
        ("['a', \"b\", 3, -2.50, 1e3]", ("a", "b", "3", "-2.50", "1e3")),
        (" ['it\\'s', 'a\\tb', '\\u044f',] \n", ("it's", "a\tb", "я")),
        ('["a/b", "\\"q\\""]', ("a/b", '"q"')),
    ],
)
def test_a_list_is_its_items(text: str, items: tuple[str, ...]):
    assert items == list_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "",
        "[",
        "['a'",
        "('a',)",
        "['a' 'b']",
        "['a',, 'b']",
        "[,]",
        "[1-2]",
        "[a]",
        "[None]",
        "[['a']]",
        "[" * 100_000 + "]" * 100_000,
        "['a'] + [__import__('os')]",
        "[__import__('os').system('true')]",
        "[" + "-" * 100_000 + "1]",
        "['\\x1']",
        "['" + "a" * 1_000_000,
    ],
)
def test_what_is_no_list_of_texts_and_numbers_is_none(text: str):
    assert list_of(text) is None


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])))


@given(TEXTS)
def test_a_list_written_by_python_is_read(items: list[str]):
    assert tuple(items) == list_of(repr(items))


@given(TEXTS)
def test_a_list_written_as_json_is_read(items: list[str]):
    assert tuple(items) == list_of(json.dumps(items))
    assert tuple(items) == list_of(json.dumps(items, ensure_ascii=False))


@given(st.text(alphabet="'\"\\,a -"))
def test_whatever_is_a_list_is_what_python_reads(inner: str):
    items = list_of(f"[{inner}]")
    if items is not None:
        read = ast.literal_eval(f"[{inner}]")

        assert list(map(str, read)) == list(items)
