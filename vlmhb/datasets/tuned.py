"""Whether the rows that prompts were tuned on are found at all."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from vlmhb.domain.prompt import PromptSet, TunedOn
from vlmhb.domain.run import LoadedTask
from vlmhb.errors import UsageError

MAX_LISTED = 5

SetsInUse = Callable[[LoadedTask], Sequence[PromptSet]]
"""The prompt sets that any model of the run is asked with on a task."""


def is_about(tuned_on: TunedOn, loaded: LoadedTask) -> bool:
    """Whether its rows are rows of the task's dataset."""
    return tuned_on.dataset in ("", loaded.task.dataset.name)


def check_tuned_on(
    tasks: Sequence[LoadedTask], sets_in_use: SetsInUse
) -> Mapping[str, tuple[str, ...]]:
    """Task name -> what is to be known of the sets used on it, of which nothing is left out.

    A misspelt split or id would have a prompt scored on its own rows, so it has to be in some task
    that the set is used on. Where a task leaves rows of its dataset away, they may be among those.

    Raises:
        UsageError: the rows are not in a dataset that is there as a whole.
    """
    notes: dict[str, tuple[str, ...]] = {}
    for name, tuned_on, used in _uses(tasks, sets_in_use):
        fitting = [loaded for loaded in used if is_about(tuned_on, loaded)]
        what = _missing(tuned_on, fitting)
        if not what:
            continue
        if fitting and all(map(_is_whole, fitting)):
            raise UsageError(
                f"cannot leave out what prompt set {name} was tuned on",
                what,
                expected="rows that are there, so that no prompt is scored on those it was made on",
                next_step=f"correct `tuned_on` in prompt set {name}",
            )
        first = (fitting or used)[0].task.name
        notes[first] = (*notes.get(first, ()), f"prompt set {name}, `tuned_on`: {what}")
    for loaded in tasks:
        name = loaded.task.name
        notes[name] = (*notes.get(name, ()), *_unsaid(sets_in_use(loaded)))
    return notes


def _unsaid(sets: Sequence[PromptSet]) -> Iterable[str]:
    """Sets that were tuned, and do not say on which rows."""
    for prompts in sets:
        if prompts.tuning_scores and prompts.tuned_on == TunedOn():
            yield (
                f"prompt set {prompts.id} was tuned, as its scores say, and does not say on which "
                "rows (`tuned_on`): they may be among those scored here"
            )


def _uses(
    tasks: Iterable[LoadedTask], sets_in_use: SetsInUse
) -> Iterable[tuple[str, TunedOn, list[LoadedTask]]]:
    """Each set that was tuned on something, with the tasks it is used on."""
    found: dict[tuple[str, TunedOn], list[LoadedTask]] = {}
    for loaded in tasks:
        for prompts in sets_in_use(loaded):
            if prompts.tuned_on.split or prompts.tuned_on.samples:
                found.setdefault((prompts.id, prompts.tuned_on), []).append(loaded)
    return [(name, tuned_on, used) for (name, tuned_on), used in found.items()]


def _missing(tuned_on: TunedOn, fitting: Sequence[LoadedTask]) -> str:
    """What of it is in none of the tasks; empty when all is there."""
    if not fitting:
        return f"the set is not used on dataset {tuned_on.dataset!r}: nothing is left out for it"
    splits = {one.metadata.get("split") for loaded in fitting for one in loaded.samples}
    if tuned_on.split and tuned_on.split not in splits:
        there = ", ".join(sorted(repr(split) for split in splits if split)) or "none"
        return f"no row has the split {tuned_on.split!r}; the splits here are: {there}"
    ids = {one.id for loaded in fitting for one in loaded.samples}
    absent = [name for name in tuned_on.samples if name not in ids]
    if not absent:
        return ""
    more = f" and {len(absent) - MAX_LISTED:,} more" if len(absent) > MAX_LISTED else ""
    return f"no row has the id {', '.join(map(repr, absent[:MAX_LISTED]))}{more}"


def _is_whole(loaded: LoadedTask) -> bool:
    """Whether it has every row of its dataset."""
    dataset = loaded.task.dataset
    return not (dataset.split or dataset.where or loaded.left_out.imageless)
