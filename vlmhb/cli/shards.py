"""`--shard`, and what is said of shards."""

from collections.abc import Iterable, Iterator, Sequence

import click

from vlmhb.domain.run import LoadedTask
from vlmhb.domain.shard import Shard, read_shard

_MOST_NUMBERS = 24


class ShardText(click.ParamType[Shard]):
    """I/N."""

    name = "shard"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shard:
        """The shard."""
        if isinstance(value, Shard):
            return value
        try:
            return read_shard(str(value))
        except ValueError as error:
            self.fail(f"expected {error}; got {str(value)!r}", param, ctx)


shard = click.option(
    "--shard",
    type=ShardText(),
    metavar="I/N",
    help="Ask only about the I-th of N parts of the samples, counted from 1, so that N machines "
    "share the work: whole groups and documents, after limit and filters. `vlmhb merge` makes one "
    "run of all.",
)


def empty_notes(tasks: Sequence[LoadedTask], chosen: Shard | None) -> Iterator[str]:
    """The tasks of which a shard has no samples."""
    if chosen is None:
        return
    for loaded in tasks:
        if not loaded.samples:
            n_all = loaded.left_out.other_shards
            yield f"{loaded.task.name}: shard {chosen} has none of its {n_all:,} samples"


def shards_text(numbers: Iterable[int]) -> str:
    """`shard 3`, `shards 3 and 7` or `shards 1-4, 7 and 9`."""
    listed = list(_ranges(sorted(set(numbers))))
    told = listed[:_MOST_NUMBERS]
    if len(listed) > _MOST_NUMBERS:
        told.append("more")
    noun = "shard" if len(listed) == 1 and listed[0].isdigit() else "shards"
    return f"{noun} {' and '.join(filter(None, (', '.join(told[:-1]), told[-1])))}"


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    """Three or more that follow each other as one."""
    start = 0
    while start < len(numbers):
        end = start
        while end + 1 < len(numbers) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        if end - start >= 2:
            yield f"{numbers[start]}-{numbers[end]}"
        else:
            yield from map(str, numbers[start : end + 1])
        start = end + 1
