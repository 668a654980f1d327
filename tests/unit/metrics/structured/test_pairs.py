import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.metrics.structured.pairs import MATCHING_WORK, equal, normal_text, pairs, shared

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "A", "b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, "b": {"c": "x", "d": None}}, 2),
        ([{"a": 1}, {"a": 2, "b": " "}], 2),
        ({"a": []}, 0),
        ("x", 1),
    ],
)
def test_each_value_at_the_end_of_a_path_is_a_pair(value, expected):
    assert expected == pairs(value)


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        ({"Имя": "Семён"}, {"имя ": "СЕМЕН"}, 1),
        ({"a": {"b": 1}}, {"b": 1}, 0),
        ({"a": "x"}, {"a": ["x"]}, 1),
        ({"a": ["x", "y"]}, {"a": "y"}, 1),
        ({"a": {"b": "x"}}, {"a": "x"}, 0),
        ([{"n": 1, "p": 5}, {"n": 2, "p": 6}], [{"n": 2, "p": 6}, {"n": 1, "p": 7}], 3),
        (["x", "x"], ["x", "x", "x"], 2),
        ({"a": None}, {"a": None}, 0),
        ({"a": ""}, {"a": ""}, 0),
        ({"a": True}, {"a": 1}, 0),
        ({"a": True}, {"a": "true"}, 1),
    ],
)
def test_values_at_the_same_path_are_shared(target, answer, expected):
    assert expected == shared(target, answer)


def test_items_are_paired_so_that_most_values_are_shared():
    """Pairing each item with its own best partner in turn would share 3 values."""
    target = [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
    answer = [{"a": 1, "b": 3}, {"a": 1, "b": 4}]

    assert shared(target, answer) == 3


def test_items_of_long_lists_are_compared_in_order():
    count = int(MATCHING_WORK**0.5) + 1
    target = [{"n": number} for number in range(count)]

    assert shared(target, list(target)) == count
    assert shared(target, [target[-1], *target[:-1]]) == 0


@pytest.mark.parametrize(
    ("target", "answer", "expected"),
    [
        (1234.5, "1 234.50", True),
        (1234.5, 1234.50, True),
        (5, 5.0, True),
        ("1.10", "1.1", False),
        ("007", 7, False),
        (10**400, "1", False),
        (1e300, 1e300, True),
        (100, "100", True),
        (float("inf"), "inf", True),
    ],
)
def test_numbers_equal_texts_that_read_so(target, answer, expected):
    assert expected == equal(target, answer)
    assert expected == equal(answer, target)


def test_a_number_longer_than_python_writes_equals_itself():
    assert equal(10**5000, 10**5000)
    assert not equal(10**5000, "1")


@settings(deadline=None)
@given(VALUES)
def test_a_value_shares_all_its_pairs_with_itself(value):
    assert pairs(value) == shared(value, value)


@settings(deadline=None)
@given(VALUES, VALUES)
def test_sharing_is_symmetric_and_never_more_than_either_has(one, other):
    both = shared(one, other)

    assert both == shared(other, one)
    assert both <= min(pairs(one), pairs(other))


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        (1234.56, "1 234,56", True),
        (-12.5, "-12,50", True),
        (1.2345, "1,2345", True),
        (1.234, "1,234", False),
        (1234, "1,234", False),
        (1234.56, "1 234,57", False),
        (12.5, "12,5,0", False),
    ],
)
def test_a_text_with_a_decimal_comma_reads_as_a_number(number, text, expected):
    assert expected == equal(number, text)
    assert expected == equal(text, number)


@pytest.mark.parametrize("value", [None, {}, {"a": 1}, [], ["a"], " "])
def test_what_is_no_value_has_no_text(value):
    assert normal_text(value) == ""
