"""A part of a run's samples, so that several machines can share the work."""

import re
from dataclasses import dataclass

_WRITTEN = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The `number`-th of `of` parts, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def label(self) -> str:
        """For names of files, which then sort as numbers do: `shard-02-of-16`."""
        return f"shard-{self.number:0{len(str(self.of))}}-of-{self.of}"


def read_shard(text: str) -> Shard:
    """The shard that is written as `2/8`.

    Raises:
        ValueError: saying what is expected.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise ValueError("I/N, such as 2/8 for the second of eight shards")
    number, of = map(int, written.groups())
    if of == 0:
        raise ValueError("at least one shard, such as 1/1")
    if number == 0:
        raise ValueError(
            f"a number from 1 to {of} before the slash: shards are counted from 1, so add 1 to an "
            "index that starts with 0"
        )
    if number > of:
        raise ValueError(f"a number from 1 to {of} before the slash, as there are {of} shards")
    return Shard(number, of)


@dataclass(frozen=True, slots=True)
class DividedTask:
    """What was divided into shards of a task."""

    task: str
    samples: int
    """In all shards."""
    sha256: str
    """Over their ids: shards that have this in common are of one whole."""


@dataclass(frozen=True, slots=True)
class ShardOfRun:
    """Which part of which whole a run asks about."""

    shard: Shard
    tasks: tuple[DividedTask, ...]
