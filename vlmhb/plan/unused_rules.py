"""Rules of prompt sets that are for no sample: most of them are misspelt."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.plan.prompts import sets_in_use

MAX_LISTED = 3


def unused_rules(models: Sequence[ModelSpec], tasks: Iterable[LoadedTask]) -> tuple[str, ...]:
    """One sentence for each set and kind of rule, where no sample of the run is of that kind."""
    used: list[tuple[PromptSet, list[Sample]]] = []
    for loaded in tasks:
        for prompts in sets_in_use(models, loaded.task):
            samples = next((samples for one, samples in used if one == prompts), None)
            if samples is None:
                used.append((prompts, samples := []))
            samples += loaded.samples
    return tuple(note for prompts, samples in used for note in _notes(prompts, samples))


def _notes(prompts: PromptSet, samples: Sequence[Sample]) -> Iterable[str]:
    classes = {sample.doc_class for sample in samples}
    fields = {f"{sample.doc_class} {sample.question_type}" for sample in samples}
    for kind, rules, there in (
        ("class", prompts.classes, classes),
        ("field", prompts.fields, fields),
    ):
        unused = [name for name in rules if name not in there]
        if unused:
            yield f"prompt set {prompts.id}: no sample here is of {_told(kind, unused, there)}"


def _told(kind: str, unused: Sequence[str], there: Collection[str]) -> str:
    told = []
    for name in unused[:MAX_LISTED]:
        near = get_close_matches(name, there, n=1)
        told.append(f"{name!r}" + (f" (did you mean {near[0]!r}?)" if near else ""))
    more = f" and {len(unused) - MAX_LISTED:,} more" if len(unused) > MAX_LISTED else ""
    return f"{kind} {', '.join(told)}{more}"
