"""Which samples are in which shard."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import loaded, page, sample
from vlmhb.datasets import apply_shard, divided
from vlmhb.datasets.shard import number_of
from vlmhb.domain.run import LeftOut, LoadedTask
from vlmhb.domain.shard import Shard

KEYS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=40
)
"""(document, group or 0 for none, page) of samples."""


def task(keys: Sequence[tuple[int, int, int]], name: str = "fields") -> LoadedTask:
    return loaded(
        tuple(
            replace(
                sample(number, page_name=f"page{shown}"),
                document=f"doc{document}",
                group=f"g{group}" if group else "",
            )
            for number, (document, group, shown) in enumerate(keys)
        ),
        name,
    )


def shards(tasks: Sequence[LoadedTask], of: int) -> list[tuple[LoadedTask, ...]]:
    return [apply_shard(tasks, Shard(number, of)) for number in range(1, of + 1)]


def ids(found: LoadedTask) -> list[str]:
    return [one.id for one in found.samples]


def documents(of: int, found: LoadedTask, number: int) -> set[str]:
    (cut,) = apply_shard([found], Shard(number, of))
    return {one.document for one in cut.samples}


@given(KEYS, KEYS, st.integers(1, 9))
def test_every_sample_is_in_one_shard_in_its_old_order_and_the_others_are_counted(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]], of: int
):
    tasks = [task(first), task(second, "other")]

    found = shards(tasks, of)

    for number, whole in enumerate(tasks):
        cuts = [shard[number] for shard in found]
        assert sorted(ids(whole)) == sorted(name for cut in cuts for name in ids(cut))
        for cut in cuts:
            assert [one for one in whole.samples if one in cut.samples] == list(cut.samples)
            assert len(whole.samples) == len(cut.samples) + cut.left_out.other_shards


@given(KEYS, KEYS, st.integers(1, 9))
def test_what_belongs_together_is_in_one_shard_in_whichever_task(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]], of: int
):
    """Documents, groups, and what shows the same pages: one request may answer for all of that."""
    found = shards([task(first), task(second, "other")], of)

    where: dict[object, set[int]] = {}
    for number, cuts in enumerate(found):
        for one in (one for cut in cuts for one in cut.samples):
            for key in (one.document, one.group or one.id + one.document, one.pages):
                where.setdefault(key, set()).add(number)
    assert {1} == {len(numbers) for numbers in where.values()}


@given(KEYS, st.integers(1, 9), st.randoms())
def test_the_order_of_the_samples_does_not_matter(
    keys: list[tuple[int, int, int]], of: int, chance: object
):
    whole = task(keys)
    shuffled = list(whole.samples)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    found = shards([whole], of)
    again = shards([replace(whole, samples=tuple(shuffled))], of)

    assert [set(ids(cut)) for (cut,) in found] == [set(ids(cut)) for (cut,) in again]


@given(st.text(), st.integers(2, 16))
def test_shards_are_as_alike_as_chance_makes_them(prefix: str, of: int):
    n = 1_500

    counts = Counter(number_of((prefix, f"doc{number}"), of) for number in range(n))

    assert set(counts) <= set(range(1, of + 1))
    deviation = math.sqrt(n / of * (1 - 1 / of))
    assert all(abs(counts[number] - n / of) < 7 * deviation for number in range(1, of + 1))


@pytest.mark.parametrize(
    ("name", "of", "number"),
    [
        (("docs", "images/a.png"), 8, 2),
        (("docs", "images/b.png"), 8, 5),
        (("docs", "Договор №1"), 8, 4),
        (("other", "images/a.png"), 8, 4),
        (("docs", "images/a.png"), 3, 2),
    ],
)
def test_a_shard_is_the_same_on_every_machine_and_in_every_version(
    name: tuple[str, str], of: int, number: int
):
    assert number == number_of(name, of)


def test_documents_of_one_name_in_two_datasets_are_divided_apart():
    """Else tasks whose documents are numbered would all have their large shard in one place."""
    one = task([(number, 0, number) for number in range(64)])
    dataset = replace(one.task.dataset, name="elsewhere")
    renamed = replace(one, task=replace(one.task, dataset=dataset))

    assert documents(2, one, 1) != documents(2, renamed, 1)


def test_a_page_that_several_samples_show_among_others_does_not_bind_them():
    """An example that every question of a dataset shows would leave one shard all of it."""
    example = page("example")
    whole = loaded(
        tuple(replace(sample(number), pages=(example, page(f"p{number}"))) for number in range(64))
    )

    assert 64 > len(apply_shard([whole], Shard(1, 2))[0].samples) > 0


def test_the_same_question_without_a_page_is_asked_in_one_shard():
    whole = loaded(tuple(replace(sample(number), pages=()) for number in range(64)))
    asked = loaded(tuple(replace(one, question=one.id) for one in whole.samples))

    sizes = [sorted(len(cut.samples) for (cut,) in shards([one], 2)) for one in (whole, asked)]

    assert [0, 64] == sizes[0]
    assert 0 not in sizes[1]


def test_a_shard_knows_the_places_of_its_samples_in_the_whole_dataset():
    whole = task([(number, 0, number) for number in range(20)])
    limited = replace(
        whole,
        samples=whole.samples[5:15],
        left_out=LeftOut(limited=10),
        places=tuple(range(5, 15)),
    )

    for tasks in ([whole], [limited]):
        for (cut,) in shards(tasks, 3):
            assert [f"{place}" for place in cut.places] == ids(cut)
            assert cut.left_out.limited == tasks[0].left_out.limited


def test_one_shard_of_one_and_no_shard_are_the_task_as_it_is():
    whole = [task([(1, 0, 1), (2, 0, 2)])]

    assert tuple(whole) == apply_shard(whole, Shard(1, 1)) == apply_shard(whole, None)


def test_what_was_divided_is_named_by_the_samples_of_all_shards():
    whole = task([(1, 0, 1), (2, 0, 2), (3, 0, 3)])
    turned = replace(whole, samples=tuple(reversed(whole.samples)))
    fewer = replace(whole, samples=whole.samples[:2])

    (one,), (same,), (other,) = (divided([each]) for each in (whole, turned, fewer))

    assert (one, 3, "fields") == (same, one.samples, one.task)
    assert one.sha256 != other.sha256


def test_a_sample_without_a_document_is_divided_by_its_id():
    whole = loaded(
        tuple(replace(sample(number), document="", question=str(number)) for number in range(64))
    )

    sizes = [len(cut.samples) for (cut,) in shards([whole], 2)]

    assert 0 not in sizes
