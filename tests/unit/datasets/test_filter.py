from dataclasses import replace

import pytest

from tests.build import loaded, sample
from vlmhb.datasets.filter import Filters, apply_filters, check_filters
from vlmhb.domain.sample import Sample
from vlmhb.errors import UsageError

RU = replace(sample(1), metadata={"split": "clean", "year": 2024, "tags": ["a", "b"]})
KO = replace(sample(2), language="ko", doc_class="receipt", metadata={"split": "noisy"})
NAME = replace(sample(3), question_type="Фамилия", doc_class="passport")
EVERY = (RU, KO, NAME)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, EVERY),
        ({"doc_class": ("invoice", "receipt")}, (RU, KO)),
        ({"question_type": ("Фамилия",)}, (NAME,)),
        ({"language": ("ru",), "question_type": ("total",)}, (RU,)),
        ({"split": ("clean",)}, (RU,)),
        ({"year": ("2024",)}, (RU,)),
        ({"tags": ("b", "x")}, (RU,)),
        ({"tags": ("ab",)}, ()),
    ],
)
def test_a_sample_has_one_of_the_values_for_every_key(
    filters: Filters, expected: tuple[Sample, ...]
):
    assert expected == apply_filters(EVERY, filters)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"doc_clas": ("invoice",)}, "the key 'doc_clas'.*'doc_class', .*mean 'doc_class'"),
        ({"doc_class": ("invoce",)}, "the value 'invoce'.*'invoice', .*mean 'invoice'"),
        ({"split": ("",)}, "the value ''.*'clean', 'noisy'"),
    ],
)
def test_what_no_task_has_is_said_with_what_there_is(filters: Filters, expected: str):
    with pytest.raises(UsageError, match=f"(?s){expected}"):
        check_filters([loaded(EVERY)], filters)


def test_a_value_of_one_task_may_be_unknown_to_another_that_keeps_samples():
    other = loaded((replace(RU, doc_class="letter"),), "other")

    check_filters([loaded(EVERY), other], {"doc_class": ("letter", "passport")})


def test_a_task_without_samples_left_is_an_error():
    with pytest.raises(UsageError, match="cannot filter task fields: no sample has all of: "):
        check_filters([loaded(EVERY)], {"doc_class": ("passport",), "split": ("clean",)})


def test_a_task_that_had_no_samples_is_not_blamed_on_the_filter():
    check_filters([loaded(EVERY), loaded((), "other")], {"doc_class": ("invoice",)})


@pytest.mark.parametrize(
    ("n_values", "expected"),
    [
        (12, "one of: " + ", ".join(f"'{number:02}'" for number in range(12))),
        (13, "one of: " + ", ".join(f"'{number:02}'" for number in range(12)) + ", ..."),
    ],
)
def test_the_first_twelve_values_there_are_are_listed(n_values: int, expected: str):
    samples = tuple(
        replace(RU, metadata={"year": f"{number:02}"}) for number in reversed(range(n_values))
    )

    with pytest.raises(UsageError, match="cannot apply filter year: the value 'xyz'") as caught:
        check_filters([loaded(samples)], {"year": ("xyz",)})
    assert expected == caught.value.expected


def test_what_is_no_text_is_filtered_by_as_json_writes_it():
    named = replace(RU, metadata={"seller": {"город": "Тула"}})

    assert (named,) == apply_filters([named, RU], {"seller": ('{"город": "Тула"}',)})
