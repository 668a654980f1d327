"""The tasks of several runs: one of a name is the same everywhere, with the samples of all."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from vlmhb.datasets.tuned import is_about
from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LeftOut, LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task
from vlmhb.merging.order import in_order
from vlmhb.merging.part import Part
from vlmhb.merging.sides import differing_keys, disagreement
from vlmhb.plan import sets_in_use

_MOST_IDS = 5

Holder = tuple[str, LoadedTask]


def united_tasks(parts: Sequence[Part], models: Sequence[ModelSpec]) -> tuple[LoadedTask, ...]:
    """Each task once, with the samples of every part in the order of the dataset.

    What a prompt set of any model was tuned on is left out for all, as one run of all would.
    """
    return tuple(_united([one for _, one in held], models) for held in _holders(parts).values())


def differing_tasks(parts: Sequence[Part]) -> tuple[str, ...]:
    """A line for each thing in which a task of one name is another one."""
    return tuple(line for name, held in _holders(parts).items() for line in _differing(name, held))


def _holders(parts: Sequence[Part]) -> dict[str, list[Holder]]:
    found: dict[str, list[Holder]] = {}
    for part in parts:
        for loaded in part.recorded.tasks:
            found.setdefault(loaded.task.name, []).append((part.name, loaded))
    return found


def _differing(name: str, held: Sequence[Holder]) -> Iterator[str]:
    data = [(part, loaded.dataset_sha256) for part, loaded in held]
    lines = disagreement(f"task {name}: dataset", data, lambda digest: digest[:12])
    yield from lines
    facts = [(part, _facts(loaded.task)) for part, loaded in held]
    yield from differing_keys(f"task {name}: ", facts)
    if not lines:
        yield from _differing_samples(name, held)


def _facts(task: Task) -> dict[str, Json]:
    """What makes it the task that it is; where its data lies on a machine does not."""
    dataset = task.dataset
    return {
        "version": task.version,
        "dataset.name": dataset.name,
        "dataset.format": dataset.format,
        "dataset.split": dataset.split,
        "prompts": f"{task.prompts.id} ({sha256_of(asdict(task.prompts))[:8]})",
        "group_by": [list(keys) for keys in task.group_by],
        "macro_by": [list(keys) for keys in task.macro_by],
        "repeat_by": list(task.repeat_by),
        "scale": task.scale,
        **{f"dataset.where.{key}": list(wanted) for key, wanted in dataset.where.items()},
        **{f"dataset.options.{key}": value for key, value in dataset.options.items()},
        **{f"generation.{key}": value for key, value in asdict(task.generation).items()},
        **{f"metrics.{kind.value}": list(names) for kind, names in task.metrics.items()},
    }


def _differing_samples(name: str, held: Sequence[Holder]) -> Iterator[str]:
    known: dict[str, tuple[str, Sample]] = {}
    for part, loaded in held:
        other = [
            sample.id
            for sample in loaded.samples
            if not _same(known.setdefault(sample.id, (part, sample))[1], sample)
        ]
        if other:
            more = f" and {len(other) - _MOST_IDS:,} more" if len(other) > _MOST_IDS else ""
            first = known[other[0]][0]
            ids = ", ".join(other[:_MOST_IDS])
            yield f"task {name}: sample {ids}{more} of {part} is another one in {first}"


def _same(one: Sample, other: Sample) -> bool:
    """Wherever their pages lie."""
    if [page.sha256 for page in one.pages] != [page.sha256 for page in other.pages]:
        return False
    return replace(one, pages=()) == replace(other, pages=())


def _united(held: Sequence[LoadedTask], models: Sequence[ModelSpec]) -> LoadedTask:
    first = held[0]
    samples: dict[str, Sample] = {}
    for loaded in held:
        for sample in loaded.samples:
            samples.setdefault(sample.id, sample)
    ids, places = in_order(held)
    tuned = _tuned(first, tuple(samples.values()), models)
    kept = [place for place, name in enumerate(ids) if name not in tuned]
    left_out = _left_out(held, len(kept), len(tuned))
    return replace(
        first,
        samples=tuple(samples[ids[place]] for place in kept),
        left_out=left_out,
        places=() if left_out == LeftOut() else tuple(places[place] for place in kept if places),
    )


def _tuned(
    loaded: LoadedTask, samples: Sequence[Sample], models: Sequence[ModelSpec]
) -> frozenset[str]:
    """Ids of the samples that a prompt set in use was made to do well on."""
    tuned = [
        prompts.tuned_on
        for prompts in sets_in_use(models, loaded.task)
        if is_about(prompts.tuned_on, loaded)
    ]
    ids = {name for one in tuned for name in one.samples}
    splits = [one.split for one in tuned if one.split]
    return frozenset(
        sample.id
        for sample in samples
        if sample.id in ids or sample.metadata.get("split") in splits
    )


def _left_out(held: Sequence[LoadedTask], n_kept: int, n_tuned: int) -> LeftOut:
    """How many of the dataset's samples no part asked about, by the reasons that parts give."""
    alike = next((one.left_out for one in held if len(one.samples) == n_kept), None)
    if alike is not None and not n_tuned:
        return alike
    wholes = {_whole(one) for one in held}
    left_out, n_whole = next(iter(wholes))
    if len(wholes) == 1 and n_whole >= n_kept and not n_tuned:
        return replace(left_out, other_shards=n_whole - n_kept)
    told = [loaded.left_out for loaded in held]
    n_all = max(n + one.tuned + one.filtered + one.limited for one, n in map(_whole, held))
    left = max(0, n_all - n_kept)
    # A part counts what its own sets were tuned on in all of the dataset, whatever it asks about.
    tuned = min(left, max(n_tuned, *(one.tuned for one in told)))
    limited = min(left - tuned, max(one.limited for one in told))
    others = min(left - tuned - limited, max(one.other_shards for one in told))
    return LeftOut(
        tuned=tuned,
        tuned_sets=tuple(dict.fromkeys(name for one in told for name in one.tuned_sets)),
        filtered=left - tuned - limited - others,
        limited=limited,
        imageless=told[0].imageless,
        other_shards=others,
        notes=tuple(dict.fromkeys(note for one in told for note in one.notes)),
    )


def _whole(loaded: LoadedTask) -> tuple[LeftOut, int]:
    """What all shards together leave out, and how many samples they ask about."""
    others = loaded.left_out.other_shards
    return replace(loaded.left_out, other_shards=0), len(loaded.samples) + others
