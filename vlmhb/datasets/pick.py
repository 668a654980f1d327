"""The samples that a run asks about, out of all that its tasks have."""

from collections.abc import Sequence
from dataclasses import replace

from vlmhb.datasets.filter import apply_filters, check_filters
from vlmhb.datasets.limit import apply_limit
from vlmhb.datasets.tuned import SetsInUse, check_tuned_on, is_about
from vlmhb.domain.prompt import PromptSet, TunedOn
from vlmhb.domain.run import LeftOut, LoadedTask, RunConfig
from vlmhb.domain.sample import Sample
from vlmhb.errors import UsageError


def pick_samples(
    tasks: Sequence[LoadedTask], config: RunConfig, sets_in_use: SetsInUse
) -> tuple[LoadedTask, ...]:
    """The tasks with the samples that are left, and how many are not.

    What a prompt set in use was tuned on goes first, for all models, so that they stay comparable;
    then what the filters do not want; then what the limit has no room for.

    Raises:
        UsageError: a filter or a set names rows that are not there, or a task has no samples left.
    """
    untuned = without_tuned(tasks, sets_in_use)
    check_filters(untuned, config.filters)
    picked = (_picked(loaded, config) for loaded in untuned)
    return tuple(_placed(loaded, whole) for loaded, whole in zip(picked, tasks, strict=True))


def _placed(loaded: LoadedTask, whole: LoadedTask) -> LoadedTask:
    """Knowing where its samples stand among all, so that parts of a dataset can be put together."""
    if loaded.left_out == LeftOut():
        return loaded
    places = {sample.id: place for place, sample in enumerate(whole.samples)}
    return replace(loaded, places=tuple(places[sample.id] for sample in loaded.samples))


def without_tuned(tasks: Sequence[LoadedTask], sets_in_use: SetsInUse) -> tuple[LoadedTask, ...]:
    """The tasks without the samples that a prompt set in use was tuned on.

    Raises:
        UsageError: a set names rows that are not there, or a task has no samples left.
    """
    notes = check_tuned_on(tasks, sets_in_use)
    tasks = [_noted(loaded, *notes.get(loaded.task.name, ())) for loaded in tasks]
    return tuple(_without_tuned(loaded, sets_in_use(loaded)) for loaded in tasks)


def _without_tuned(loaded: LoadedTask, sets: Sequence[PromptSet]) -> LoadedTask:
    found = [
        (prompts.id, _tuned(loaded.samples, prompts.tuned_on))
        for prompts in sets
        if is_about(prompts.tuned_on, loaded)
    ]
    tuned: set[str] = set().union(*(ids for _, ids in found))
    if not tuned:
        return loaded
    samples = tuple(sample for sample in loaded.samples if sample.id not in tuned)
    names = tuple(dict.fromkeys(name for name, ids in found if ids))
    if not samples:
        raise UsageError(
            f"cannot score task {loaded.task.name}",
            f"all of its {len(loaded.samples)} samples are among those that "
            f"{', '.join(names)} was tuned on",
            expected="rows that the prompts were not tuned on",
            next_step="set dataset.split to another split, or use other prompts",
        )
    left_out = replace(loaded.left_out, tuned=len(loaded.samples) - len(samples), tuned_sets=names)
    return replace(loaded, samples=samples, left_out=left_out)


def _tuned(samples: Sequence[Sample], tuned_on: TunedOn) -> set[str]:
    """Ids of the samples that a set was tuned on."""
    return {
        sample.id
        for sample in samples
        if sample.id in tuned_on.samples
        or (tuned_on.split and sample.metadata.get("split") == tuned_on.split)
    }


def _picked(loaded: LoadedTask, config: RunConfig) -> LoadedTask:
    wanted = apply_filters(loaded.samples, config.filters)
    samples = apply_limit(wanted, config.limit, config.seed)
    if config.limit is not None and len(samples) > config.limit:
        loaded = _noted(
            loaded,
            f"the limit of {config.limit} is exceeded: "
            f"the first group or document has {len(samples):,} samples and is taken whole",
        )
    left_out: LeftOut = replace(
        loaded.left_out,
        filtered=loaded.left_out.filtered + len(loaded.samples) - len(wanted),
        limited=len(wanted) - len(samples),
    )
    return replace(loaded, samples=samples, left_out=left_out)


def _noted(loaded: LoadedTask, *notes: str) -> LoadedTask:
    left_out = replace(loaded.left_out, notes=(*loaded.left_out.notes, *notes))
    return replace(loaded, left_out=left_out)
