"""Keys that a task groups by and that no sample has."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.build import sample, task
from vlmhb.domain.digest import Json
from vlmhb.metrics.aggregation.unsaid import UnsaidKey, unsaid_keys

SAMPLES = (
    replace(sample(1), metadata={"category": ["scene"], "hint": None}),
    replace(sample(2), metadata={"category": []}),
)


def test_one_misspelt_key_of_a_grouping_that_works_is_found():
    by = task(group_by=(("doc_class", "langauge"),), macro_by=(("category",),))

    (found,) = unsaid_keys(by, SAMPLES)

    assert UnsaidKey("by_doc_class+langauge", "langauge", "language") == found
    assert "no sample has a value for 'langauge'; did you mean 'language'?" == found.text


def test_every_place_that_names_a_key_is_told():
    by = task(group_by=(("catgory",),), macro_by=(("catgory", "category"),), repeat_by=("catgory",))

    assert ["by_catgory", "macro_by_catgory+category", "repeat_by"] == [
        found.where for found in unsaid_keys(by, SAMPLES)
    ]


def test_a_key_under_which_nothing_is_said_is_found_though_it_is_there():
    bare = tuple(replace(each, language="") for each in SAMPLES)

    found = unsaid_keys(task(group_by=(("hint", "language"),)), bare)

    where = "by_hint+language"
    assert (UnsaidKey(where, "hint"), UnsaidKey(where, "language")) == found


def test_without_samples_nothing_is_known():
    assert () == unsaid_keys(task(group_by=(("catgory",),)), ())


def test_standard_groupings_need_no_word():
    bare = tuple(replace(each, language="", doc_class="") for each in SAMPLES)

    assert () == unsaid_keys(task(), bare)


class Unlisted(dict[str, Json]):
    """Metadata that is only looked up."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("its keys were gone through")


@pytest.mark.parametrize("group_by", [(), (("category",),)])
def test_metadata_that_nobody_asked_about_is_left_alone(group_by: tuple[tuple[str, ...], ...]):
    samples = [replace(sample(1), metadata=Unlisted({"category": "scene"}))]

    assert () == unsaid_keys(task(group_by=group_by), samples)
