from dataclasses import replace

import pytest

from tests.build import loaded, sample
from vlmhb.cli.merged import shard_lines
from vlmhb.cli.shards import empty_notes, shards_text
from vlmhb.domain.run import LeftOut
from vlmhb.domain.shard import Shard
from vlmhb.merging import MissingShards


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([3], "shard 3"),
        ([7, 3], "shards 3 and 7"),
        ([1, 2, 3, 4], "shards 1-4"),
        ([1, 2, 4, 5, 6, 9], "shards 1, 2, 4-6 and 9"),
        (range(1, 200, 2), f"shards {', '.join(map(str, range(1, 49, 2)))} and more"),
    ],
)
def test_shards_are_named_shortly(numbers: list[int], text: str):
    assert text == shards_text(numbers)


def missing(model: str, numbers: tuple[int, ...], of: int = 8, samples: int = 25) -> MissingShards:
    return MissingShards(model, "docs", numbers, of, samples)


def test_evaluations_that_lack_the_same_are_told_in_one_line():
    lines = list(shard_lines([missing("a", (3, 7)), missing("b", (3, 7)), missing("c", (1,))]))

    assert [
        "shards 3 and 7 of 8 are missing: a on docs, b on docs: 25 samples not asked about",
        "shard 1 of 8 is missing: c on docs: 25 samples not asked about",
        "Next: the same `vlmhb run` with --shard 3/8 and so on, and merge again",
    ] == lines


def test_what_was_divided_by_two_numbers_lacks_one_or_the_other():
    lines = list(shard_lines([missing("a", (2,), 2, 1), missing("a", (2, 3), 3, 1)]))

    assert [
        "shard 2 of 2 is missing, or shards 2 and 3 of 3: a on docs: 1 sample not asked about",
        "Next: the same `vlmhb run` with --shard 2/2, and merge again",
    ] == lines


def test_where_nothing_is_missing_nothing_is_said():
    assert [] == list(shard_lines([]))


def test_a_task_of_which_a_shard_has_nothing_is_told():
    empty = replace(loaded(()), left_out=LeftOut(other_shards=1_000))

    assert ["fields: shard 2/8 has none of its 1,000 samples"] == list(
        empty_notes([empty, loaded((sample(),))], Shard(2, 8))
    )
    assert [] == list(empty_notes([loaded(())], None))
