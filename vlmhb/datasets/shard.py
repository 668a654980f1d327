"""One shard of a run's samples: whole groups and documents, by a hash of their names."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from vlmhb.datasets.units import joined
from vlmhb.domain.digest import sha256_of
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.shard import DividedTask, Shard


def apply_shard(tasks: Sequence[LoadedTask], shard: Shard | None) -> tuple[LoadedTask, ...]:
    """The tasks with the samples of one shard, in their old order; None takes all.

    Samples of one group or document are in one shard, and so are samples that show the same pages,
    in whichever tasks: what two samples share is asked once. A task may have none left. Which shard
    a group is in depends on names alone, not on the order of the samples or the machine.
    """
    if shard is None:
        return tuple(tasks)
    every = [(number, place) for number, one in enumerate(tasks) for place in _places(one)]
    kept: list[list[int]] = [[] for _ in tasks]
    for unit in joined(_keys(loaded, sample) for loaded in tasks for sample in loaded.samples):
        members = [every[place] for place in unit]
        names = (_name(tasks[number], tasks[number].samples[place]) for number, place in members)
        if number_of(min(names), shard.of) == shard.number:
            for number, place in members:
                kept[number].append(place)
    return tuple(_cut(loaded, sorted(own)) for loaded, own in zip(tasks, kept, strict=True))


def number_of(name: Sequence[str], of: int) -> int:
    """In which of so many shards what is called so is, counted from 1."""
    return int(sha256_of(list(name))[:16], 16) % of + 1


def divided(tasks: Sequence[LoadedTask]) -> tuple[DividedTask, ...]:
    """What the shards of a run have to be put together to, by task."""
    return tuple(
        DividedTask(
            loaded.task.name,
            len(loaded.samples),
            sha256_of(sorted(sample.id for sample in loaded.samples)),
        )
        for loaded in tasks
    )


def _places(loaded: LoadedTask) -> range:
    return range(len(loaded.samples))


def _keys(loaded: LoadedTask, sample: Sample) -> Iterator[Hashable]:
    dataset = loaded.task.dataset.name
    if sample.document:
        yield "document", dataset, sample.document
    if sample.group:
        yield "group", dataset, sample.group
    # A request shows all pages of a sample, so one page of several that are alike binds nothing.
    if sample.pages:
        yield "pages", *(page.sha256 for page in sample.pages)
    elif sample.question:
        yield "question", sample.question


def _name(loaded: LoadedTask, sample: Sample) -> tuple[str, str]:
    """Of what it belongs to; datasets whose documents have the same numbers are told apart."""
    return loaded.task.dataset.name, sample.group or sample.document or sample.id


def _cut(loaded: LoadedTask, kept: Sequence[int]) -> LoadedTask:
    others = len(loaded.samples) - len(kept)
    if not others:
        return loaded
    among_all = loaded.places or _places(loaded)
    return replace(
        loaded,
        samples=tuple(loaded.samples[place] for place in kept),
        left_out=replace(loaded.left_out, other_shards=others),
        places=tuple(among_all[place] for place in kept),
    )
