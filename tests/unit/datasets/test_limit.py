from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.datasets import apply_limit
from vlmhb.datasets.units import units_of
from vlmhb.domain.sample import Sample


def samples(n_documents: int, doc_class: str = "invoice", language: str = "ru", size: int = 2):
    return [
        one(
            f"{doc_class}{language}{number}.{part}",
            f"{doc_class}{language}{number}",
            doc_class,
            language,
        )
        for number in range(n_documents)
        for part in range(size)
    ]


def one(
    name: str,
    document: str,
    doc_class: str = "",
    language: str = "",
    question_type: str = "",
    group: str = "",
) -> Sample:
    return Sample(
        id=name,
        question="",
        pages=(),
        targets=(),
        document=document,
        doc_class=doc_class,
        question_type=question_type,
        language=language,
        group=group,
    )


def documents(taken: Sequence[Sample]) -> set[str]:
    return {sample.document for sample in taken}


def test_no_limit_takes_all():
    assert tuple(samples(5)) == apply_limit(samples(5), None, 0)


def test_a_limit_beyond_the_end_takes_all():
    assert tuple(samples(5)) == apply_limit(samples(5), 100, 0)


def test_documents_are_taken_whole_and_in_their_old_order():
    every = samples(10)

    taken = apply_limit(every, 7, 0)

    assert 6 == len(taken)
    assert list(taken) == [sample for sample in every if sample.document in documents(taken)]


def test_the_first_document_is_taken_even_when_it_exceeds_the_limit():
    assert 5 == len(apply_limit(samples(3, size=5), 1, 0))


@pytest.mark.parametrize("seed", range(5))
def test_every_class_and_language_keeps_its_share(seed: int):
    every = samples(60) + samples(30, language="ko") + samples(30, "receipt")

    taken = apply_limit(every, 40, seed)

    shares = Counter((sample.doc_class, sample.language) for sample in taken)
    expected = {("invoice", "ru"): 20, ("invoice", "ko"): 10, ("receipt", "ru"): 10}
    assert all(abs(shares[kind] - share) <= 2 for kind, share in expected.items())


def test_rare_classes_are_neither_always_there_nor_never():
    """Of 300 classes of one document each beside a large one, a quarter is taken as well."""
    rare = [sample for number in range(300) for sample in samples(1, f"rare{number}", size=1)]
    every = samples(300, size=1) + rare

    taken = apply_limit(every, 150, 0)

    assert 50 <= sum(sample.doc_class.startswith("rare") for sample in taken) <= 100


def test_every_field_of_a_class_keeps_its_share():
    fields = ["date"] * 50 + ["total"] * 25 + ["number"] * 25
    every = [one(f"{n}", f"{n}", "invoice", "ru", field) for n, field in enumerate(fields)]

    taken = apply_limit(every, 20, 0)

    shares = Counter(sample.question_type for sample in taken)
    assert all(
        abs(shares[field] - share) <= 1
        for field, share in {"date": 10, "total": 5, "number": 5}.items()
    )


def test_where_there_are_no_fields_categories_keep_their_share():
    every = [
        replace(one(f"{n}", f"{n}"), metadata={"category": "even" if n % 2 else "odd"})
        for n in range(100)
    ]

    taken = apply_limit(every, 10, 0)

    assert 5 == sum(sample.metadata["category"] == "odd" for sample in taken)


def test_groups_are_taken_whole():
    """Rotations of a question are rows of one group, each with the same picture under its name."""
    every = [one(f"{n}.{turn}", f"{n}.{turn}", group=f"{n}") for n in range(20) for turn in "abcd"]

    taken = apply_limit(every, 9, 0)

    assert {4: 2} == Counter(Counter(sample.group for sample in taken).values())


def test_what_shares_a_document_with_one_of_a_group_comes_along():
    chain = [
        one("1", "a", group="g"),
        one("2", "b", group="g"),
        one("3", "b", group="h"),
        one("4", "c", group="h"),
        one("5", "d"),
    ]

    assert {(0, 1, 2, 3), (4,)} == set(units_of(chain))


def test_samples_without_a_group_are_not_one_group():
    assert 3 == len(units_of([one(name, name) for name in "abc"]))


@pytest.mark.parametrize("seed", range(5))
def test_a_larger_limit_contains_a_smaller_one(seed: int):
    every = samples(9) + samples(4, language="ko", size=5) + samples(3, "receipt", size=1)
    draws = [documents(apply_limit(every, limit, seed)) for limit in range(1, 45)]

    assert all(small <= large for small, large in pairwise(draws))


def test_the_draw_does_not_depend_on_the_order_of_the_rows():
    every = samples(20)

    assert documents(apply_limit(every, 10, 0)) == documents(apply_limit(every[::-1], 10, 0))


def test_another_seed_draws_other_documents():
    every = samples(50)

    draws = {frozenset(documents(apply_limit(every, 10, seed))) for seed in range(5)}

    assert 5 == len(draws)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.integers(0, 6),
        st.sampled_from(["invoice", "passport", ""]),
        st.sampled_from(["ru", "ko"]),
        st.sampled_from(["date", "total", "Имя", ""]),
    ),
    max_size=40,
)


@given(rows=ROWS, limit=st.integers(1, 45), more=st.integers(0, 20), seed=st.integers(0, 99))
def test_a_limit_holds_what_it_promises(
    rows: list[tuple[int, int, str, str, str]], limit: int, more: int, seed: int
):
    every = [
        one(f"{place}", f"d{document}", doc_class, language, field, f"g{group}" if group else "")
        for place, (document, group, doc_class, language, field) in enumerate(rows)
    ]

    taken = apply_limit(every, limit, seed)
    ids = {sample.id for sample in taken}

    assert [sample for sample in every if sample.id in ids] == list(taken)
    units = [{every[place].id for place in unit} for unit in units_of(every)]
    whole = [unit for unit in units if unit <= ids]
    assert sum(map(len, whole)) == len(ids)
    assert len(ids) <= limit or len(whole) == 1
    assert bool(ids) == bool(every)
    assert ids <= {sample.id for sample in apply_limit(every, limit + more, seed)}


@given(rows=ROWS)
def test_samples_of_two_units_share_nothing(rows: list[tuple[int, int, str, str, str]]):
    every = [one(f"{place}", f"d{row[0]}", group=f"g{row[1]}") for place, row in enumerate(rows)]

    owners: defaultdict[str, set[int]] = defaultdict(set)
    for number, unit in enumerate(units_of(every)):
        for place in unit:
            owners[every[place].document].add(number)
            owners[every[place].group].add(number)

    assert all(len(numbers) == 1 for numbers in owners.values())


SCATTERED = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from([0, 0, 0, 0, 1, 2, 3]),
        st.sampled_from(["invoice", "passport", ""]),
        st.sampled_from(["ru", "ko"]),
        st.sampled_from(["date", "total", "Имя", ""]),
    ),
    min_size=8,
    max_size=40,
)
"""Rows of many documents, few of which share a group: there is something to choose from."""


def samples_of(rows: Sequence[tuple[int, int, str, str, str]]) -> list[Sample]:
    return [
        one(f"{place}", f"d{document}", doc_class, language, field, f"g{group}" if group else "")
        for place, (document, group, doc_class, language, field) in enumerate(rows)
    ]


@given(rows=SCATTERED, limit=st.integers(1, 45), seed=st.integers(0, 99), data=st.data())
def test_the_draw_is_the_same_in_whatever_order_the_rows_come(
    rows: list[tuple[int, int, str, str, str]], limit: int, seed: int, data: st.DataObject
):
    every = samples_of(rows)
    shuffled = data.draw(st.permutations(every))

    taken = {sample.id for sample in apply_limit(every, limit, seed)}

    assert taken == {sample.id for sample in apply_limit(shuffled, limit, seed)}


@given(rows=SCATTERED, seed=st.integers(0, 99))
def test_each_step_of_a_growing_limit_adds_whole_units_to_the_same_ones(
    rows: list[tuple[int, int, str, str, str]], seed: int
):
    every = samples_of(rows)
    units = [frozenset(every[place].id for place in unit) for unit in units_of(every)]
    draws = [
        frozenset(sample.id for sample in apply_limit(every, limit, seed))
        for limit in range(1, len(every) + 1)
    ]

    for smaller, larger in pairwise(draws):
        added = larger - smaller
        assert smaller <= larger
        assert added == frozenset().union(*(unit for unit in units if unit <= added))
    assert not draws or {sample.id for sample in every} == draws[-1]


STRATA = st.dictionaries(
    st.tuples(st.sampled_from(["invoice", "passport", "form", ""]), st.sampled_from(["ru", "ko"])),
    st.dictionaries(st.sampled_from(["date", "total", "Имя"]), st.integers(1, 20), min_size=1),
    min_size=1,
)


@given(strata=STRATA, share=st.integers(1, 100), seed=st.integers(0, 99))
def test_every_class_and_every_field_in_it_keeps_its_share(
    strata: dict[tuple[str, str], dict[str, int]], share: int, seed: int
):
    """To within one, and one more for each of the strata by the weight that this one has."""
    every = [
        one(f"{kind}{field}{number}", f"{kind}{field}{number}", *kind, field)
        for kind, fields in strata.items()
        for field, count in fields.items()
        for number in range(count)
    ]
    limit = max(1, len(every) * share // 100)

    taken = apply_limit(every, limit, seed)

    assert limit == len(taken)
    classes = Counter((sample.doc_class, sample.language) for sample in taken)
    fields = Counter(
        ((sample.doc_class, sample.language), sample.question_type) for sample in taken
    )
    for kind, wanted in strata.items():
        weight = sum(wanted.values()) / len(every)
        assert abs(classes[kind] - limit * weight) <= 1 + len(strata) * weight
        for field, count in wanted.items():
            weight = count / sum(wanted.values())
            expected = classes[kind] * weight
            assert abs(fields[kind, field] - expected) <= 1 + len(wanted) * weight


def test_a_limit_of_one_group_after_the_other_never_takes_half_of_one():
    """What a benchmark has: rotations, pairs, and documents with several questions, mixed."""
    every = (
        [
            one(f"c{n}.{turn}", f"c{n}.{turn}", "mcq", group=f"c{n}")
            for n in range(9)
            for turn in "abcd"
        ]
        + [one(f"p{n}.{side}", f"p{n}", "pair", group=f"p{n}") for n in range(9) for side in "ab"]
        + [one(f"d{n}.{q}", f"d{n}", "doc", question_type=q) for n in range(9) for q in "xyz"]
    )
    sizes = {"mcq": 4, "pair": 2, "doc": 3}

    for limit in range(1, len(every) + 1):
        counts = Counter(
            (s.doc_class, s.id.partition(".")[0]) for s in apply_limit(every, limit, 7)
        )
        assert all(count == sizes[kind] for (kind, _), count in counts.items())
