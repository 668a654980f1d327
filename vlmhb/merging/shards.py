"""The shards that no part is of."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from vlmhb.domain.shard import DividedTask, ShardOfRun
from vlmhb.merging.part import Part


@dataclass(frozen=True, slots=True)
class MissingShards:
    """Shards of a task that a model was not asked about."""

    model: str
    task: str
    numbers: tuple[int, ...]
    """Counted from 1."""
    of: int
    samples: int
    """How many are in none of the parts."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one folder holds of an evaluation."""

    shards: tuple[tuple[DividedTask, ShardOfRun], ...]
    """Empty where it was not divided."""
    samples: frozenset[str]


def missing_shards(parts: Sequence[Part]) -> tuple[MissingShards, ...]:
    """What is missing of evaluations that were divided, in the order of models and tasks.

    Where the same samples were divided by two numbers, either rest makes them whole, and both are
    listed. Shards that hold none of the samples are not missed.
    """
    models = dict.fromkeys(model.name for one in parts for model in one.recorded.manifest.models)
    tasks = dict.fromkeys(loaded.task.name for one in parts for loaded in one.recorded.tasks)
    held = {
        (part.name, loaded.task.name): frozenset(sample.id for sample in loaded.samples)
        for part in parts
        for loaded in part.recorded.tasks
    }
    return tuple(
        missing
        for model in models
        for task in tasks
        for missing in _missing(
            model,
            task,
            [
                _Asked(tuple(_shards(part, model, task)), held[part.name, task])
                for part in parts
                if (part.name, task) in held and _asks(part, model, task)
            ],
        )
    )


def _asks(part: Part, model: str, task: str) -> bool:
    models = part.recorded.manifest.models
    return any(one.name == model and one.is_asked(task) for one in models)


def _shards(part: Part, model: str, task: str) -> Iterator[tuple[DividedTask, ShardOfRun]]:
    manifest = part.recorded.manifest
    told = [one.shard for one in manifest.parts if model in one.models] or [manifest.shard]
    for shard in filter(None, told):
        yield from ((divided, shard) for divided in shard.tasks if divided.task == task)


def _missing(model: str, task: str, asked: Sequence[_Asked]) -> Iterator[MissingShards]:
    wholes = dict.fromkeys(divided for one in asked for divided, _ in one.shards)
    for whole in wholes:
        own = [one for one in asked if not one.shards or whole in dict(one.shards)]
        left = whole.samples - len(frozenset[str]().union(*(one.samples for one in own)))
        if left <= 0:
            continue
        there: dict[int, set[int]] = {}
        for divided, shard in (pair for one in own for pair in one.shards):
            if divided == whole:
                there.setdefault(shard.shard.of, set()).add(shard.shard.number)
        rests = {of: _rest(numbers, of) for of, numbers in sorted(there.items())}
        if all(rests.values()):
            for of, rest in rests.items():
                yield MissingShards(model, task, rest, of, left)


def _rest(numbers: Collection[int], of: int) -> tuple[int, ...]:
    return tuple(number for number in range(1, of + 1) if number not in numbers)
