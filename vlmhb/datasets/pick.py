"""The samples that a run asks about, out of all that its tasks have."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from vlmhb.datasets.filter import apply_filters, check_filters
from vlmhb.datasets.limit import apply_limit
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.run import LeftOut, LoadedTask, RunConfig
from vlmhb.domain.sample import Sample
from vlmhb.errors import UsageError

SetsInUse = Callable[[LoadedTask], Sequence[PromptSet]]
"""The prompt sets that any model of the run is asked with on a task."""


def pick_samples(
    tasks: Sequence[LoadedTask], config: RunConfig, sets_in_use: SetsInUse
) -> tuple[LoadedTask, ...]:
    """The tasks with the samples that are left, and how many are not.

    What a prompt set in use was tuned on goes first, for all models, so that they stay comparable;
    then what the filters do not want; then what the limit has no room for.

    Raises:
        UsageError: a filter names what is not there, or a task has no samples left.
    """
    untuned = tuple(_without_tuned(loaded, sets_in_use(loaded)) for loaded in tasks)
    check_filters(untuned, config.filters)
    return tuple(_picked(loaded, config) for loaded in untuned)


def _without_tuned(loaded: LoadedTask, sets: Sequence[PromptSet]) -> LoadedTask:
    dataset = loaded.task.dataset.name
    found = [(prompts.id, _tuned(loaded.samples, prompts, dataset)) for prompts in sets]
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


def _tuned(samples: Sequence[Sample], prompts: PromptSet, dataset: str) -> set[str]:
    """Ids of the samples that the set was tuned on."""
    tuned_on = prompts.tuned_on
    if tuned_on.dataset not in ("", dataset):
        return set()
    return {
        sample.id
        for sample in samples
        if sample.id in tuned_on.samples
        or (tuned_on.split and sample.metadata.get("split") == tuned_on.split)
    }


def _picked(loaded: LoadedTask, config: RunConfig) -> LoadedTask:
    wanted = apply_filters(loaded.samples, config.filters)
    samples = apply_limit(wanted, config.limit, config.seed)
    left_out: LeftOut = replace(
        loaded.left_out,
        filtered=loaded.left_out.filtered + len(loaded.samples) - len(wanted),
        limited=len(wanted) - len(samples),
    )
    return replace(loaded, samples=samples, left_out=left_out)
