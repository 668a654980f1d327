from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import sample, task
from vlmhb.domain.sample import Sample
from vlmhb.metrics.aggregation.groupings import (
    STANDARD,
    groupings_of,
    macro_groupings_of,
    members_of,
)


def with_metadata(*values: Any) -> list[Sample]:
    return [
        replace(sample(number), metadata={} if value is ... else {"category": value})
        for number, value in enumerate(values)
    ]


def test_a_task_adds_its_groupings_after_the_standard_ones():
    made = groupings_of(task(group_by=(("category",), ("l2-category", "language"))))

    assert {
        **STANDARD,
        "by_category": ("category",),
        "by_l2-category+language": ("l2-category", "language"),
    } == made
    assert [*STANDARD, "by_category", "by_l2-category+language"] == list(made)


def test_groupings_whose_groups_count_alike_have_names_of_their_own():
    made = macro_groupings_of(task(macro_by=(("doc_class", "category"),)))

    assert {"macro_by_doc_class+category": ("doc_class", "category")} == made


def test_groups_are_sorted_and_hold_the_places_of_their_samples():
    samples = with_metadata("scene", "artwork", "scene")

    assert [(("artwork",), [1]), (("scene",), [0, 2])] == list(
        members_of(samples, ("category",)).items()
    )


def test_a_sample_is_in_the_group_of_each_item_of_a_list_once():
    samples = with_metadata(["adversarial", "random", "random"], "random", [])

    assert {("",): [2], ("adversarial",): [0], ("random",): [0, 1]} == members_of(
        samples, ("category",)
    )


def test_a_sample_is_repeated_for_each_item_of_a_key_it_is_not_divided_by():
    samples = with_metadata(["adversarial", "random"], "random", None)
    of_both = members_of(samples, (), ("category",))

    assert {(): [0, 0, 1, 2]} == of_both
    assert {("",): [2], ("adversarial",): [0], ("random",): [0, 1]} == members_of(
        samples, ("category",), ("category",)
    )


def test_lists_of_two_keys_are_crossed():
    both = replace(sample(), metadata={"a": ["x", "y"], "b": ["1", "2"]})

    assert [("x", "1"), ("x", "2"), ("y", "1"), ("y", "2")] == list(members_of([both], ("a", "b")))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (..., ""),
        (None, ""),
        ("", ""),
        (3, "3"),
        (1.5, "1.5"),
        (True, "true"),
        ({"b": 1, "a": 2}, '{"a":2,"b":1}'),
        ([2, None], ("", "2")),
        ("ru\udc80", "ru\udc80"),
    ],
)
def test_values_of_metadata_become_text(value: object, expected: str | tuple[str, ...]):
    groups = members_of([*with_metadata(value), *with_metadata("other")], ("category",))

    wanted = (expected,) if isinstance(expected, str) else expected
    assert {*((text,) for text in wanted), ("other",)} == set(groups)


def test_a_field_of_the_sample_wins_over_metadata_of_the_same_name():
    other = replace(sample(), language="ru", metadata={"language": "ko"})

    assert [("ru",)] == list(members_of([other], ("language",)))


@pytest.mark.parametrize("value", [..., "", None, []])
def test_a_grouping_that_says_nothing_has_no_groups(value: object):
    assert {} == members_of(with_metadata(value, value), ("category", "split"))


def test_everything_is_one_group():
    assert {(): [0, 1]} == members_of([sample(1), sample(2)], ())


@given(st.lists(st.none() | st.text(max_size=2) | st.lists(st.text(max_size=2), max_size=3)))
def test_every_sample_is_in_a_group_unless_none_has_a_value(values):
    groups = members_of(with_metadata(*values), ("category",))

    places = {place for members in groups.values() for place in members}
    assert places in (set(), set(range(len(values))))
    assert all(members == sorted(set(members)) for members in groups.values())
