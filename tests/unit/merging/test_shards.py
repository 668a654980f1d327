"""Which shards no part is of."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from tests.build import answer, model
from tests.unit.merging.parts import TASK, part, some
from vlmhb.datasets import apply_shard, divided
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LeftOut, LoadedTask
from vlmhb.domain.shard import Shard, ShardOfRun
from vlmhb.merging import MissingShards, Part, merge, missing_shards

OTHER = replace(TASK, task=replace(TASK.task, name="other"))


def shard(
    number: int,
    of: int,
    models: Sequence[ModelSpec] = (model(),),
    tasks: Sequence[LoadedTask] = (TASK,),
) -> Part:
    """One shard of a run, answered."""
    cut = apply_shard(tasks, Shard(number, of))
    outcomes = {
        f"{one.name}/{sample.id}": answer()
        for one in models
        for loaded in cut
        for sample in loaded.samples
    }
    recorded = ShardOfRun(Shard(number, of), divided(tasks))
    return part(f"shard-{number}", outcomes, models, cut, shard=recorded)


def told(parts: Sequence[Part]) -> list[tuple[tuple[int, ...], int]]:
    return [(one.numbers, one.of) for one in missing_shards(parts)]


def merged(*parts: Part) -> Part:
    return replace(parts[0], name="merged", recorded=merge(parts).recorded)


def size(number: int, of: int) -> int:
    return len(apply_shard([TASK], Shard(number, of))[0].samples)


def test_the_shards_that_are_not_there_are_named_with_what_they_hold():
    found = missing_shards([shard(1, 3), shard(3, 3)])

    assert (MissingShards("m", "fields", (2,), 3, size(2, 3)),) == found
    assert size(2, 3) > 0


def test_all_shards_are_what_was_divided():
    parts = [shard(number, 3) for number in (2, 1, 3)]

    recorded = merge(parts).recorded

    assert () == missing_shards(parts)
    assert TASK == recorded.tasks[0]
    assert ["2/3", "1/3", "3/3"] == [
        str(one.shard.shard) for one in recorded.manifest.parts if one.shard
    ]
    assert recorded.manifest.shard is None
    assert "shard" not in recorded.manifest.fingerprint


def test_shards_of_a_limited_run_leave_out_what_that_leaves_out():
    limited = replace(some(range(2, 11)), left_out=LeftOut(filtered=2, limited=1))
    parts = [shard(number, 2, tasks=(limited,)) for number in (1, 2)]

    whole = merge(parts).recorded.tasks[0]
    half = merge(parts[:1]).recorded.tasks[0]

    assert limited == whole
    others = 9 - len(half.samples)
    assert LeftOut(filtered=2, limited=1, other_shards=others) == half.left_out
    assert limited.left_out == merge([parts[0], parts[0], parts[1]]).recorded.tasks[0].left_out


def test_some_shards_leave_out_the_others_beside_what_all_of_them_leave_out():
    filtered = replace(some(range(10)), left_out=LeftOut(filtered=2))
    parts = [shard(number, 3, tasks=(filtered,)) for number in (1, 2, 3)]

    left_out = [merge(pair).recorded.tasks[0].left_out for pair in pairwise(parts)]

    sizes = [len(one.recorded.tasks[0].samples) for one in parts]
    assert [LeftOut(filtered=2, other_shards=sizes[n]) for n in (2, 0)] == left_out


def test_a_shard_that_holds_nothing_is_not_missed():
    empty = next(number for number in range(1, 40) if not size(number, 39))
    parts = [shard(number, 39) for number in range(1, 40) if number != empty]

    assert [] == told(parts)


def test_merged_shards_go_on_being_merged():
    first = merged(shard(1, 4), shard(3, 4))

    assert [((2, 4), 4)] == told([first])
    assert [((4,), 4)] == told([first, shard(2, 4)])
    assert [] == told([merged(first, shard(2, 4)), shard(4, 4)])


def test_the_same_samples_divided_by_two_numbers_lack_the_rest_of_either():
    found = missing_shards([shard(1, 2), shard(1, 3)])

    assert [((2,), 2), ((2, 3), 3)] == [(one.numbers, one.of) for one in found]
    assert 1 == len({one.samples for one in found})


def test_either_number_makes_the_samples_whole():
    assert [] == told([shard(1, 2), shard(1, 4), shard(2, 2)])


def test_models_and_tasks_are_looked_at_apart():
    a, b = model("a"), model("b")
    parts = [
        *(shard(number, 2, (a,), (TASK, OTHER)) for number in (1, 2)),
        *(shard(number, 3, (b,), (OTHER,)) for number in (1, 3)),
    ]

    (found,) = missing_shards(parts)

    assert ("b", "other", (2,), 3) == (found.model, found.task, found.numbers, found.of)


def test_a_run_of_everything_makes_a_shard_whole():
    everything = part("whole", {f"m/{one.id}": answer() for one in TASK.samples})

    assert [] == told([shard(1, 2), everything])
    assert [] == told([everything])


def test_shards_of_other_samples_do_not_make_each_other_whole():
    """As many of them as there would have to be."""
    halves = [some(range(6)), some(range(6, 12))]
    parts = [shard(number, 2, tasks=(half,)) for number, half in zip((1, 2), halves, strict=True)]

    found = [(one.numbers, one.samples) for one in missing_shards(parts)]

    assert [((2,)), ((1,))] == [numbers for numbers, _ in found]
    assert all(samples > 0 for _, samples in found)
