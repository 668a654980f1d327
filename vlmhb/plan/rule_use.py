"""How many samples each rule of the prompt sets is for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.plan.prompts import Rule, prompt_rule, sets_for, system_prompt_rule

KINDS = ("fixed", "field", "class", "default")
"""Of rules, the one that wins first."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Samples that one rule is for."""

    prompts: str
    """The set, `name@version`."""
    rule: str
    """`fixed`, `field passport Имя`, `class passport` or `default`."""
    samples: int

    @property
    def kind(self) -> str:
        """The first word of the rule."""
        return self.rule.split(" ", 1)[0]


@dataclass(frozen=True, slots=True)
class RuleUse:
    """Where the prompts of some models on a task come from."""

    task: str
    models: tuple[str, ...]
    """Those that are asked with the same sets."""
    prompts: tuple[RuleCount, ...]
    """By set and rule, in the order in which rules win."""
    system_prompts: tuple[RuleCount, ...]
    """Likewise; samples without a system prompt are not in it."""


def rule_uses(models: Sequence[ModelSpec], tasks: Iterable[LoadedTask]) -> tuple[RuleUse, ...]:
    """One for each task and choice of sets that some model is asked with."""
    return tuple(
        RuleUse(
            loaded.task.name,
            names,
            _counted(sets, loaded.samples, prompt_rule),
            _counted(sets, loaded.samples, system_prompt_rule),
        )
        for loaded in tasks
        for sets, names in _choices(models, loaded)
    )


def _choices(
    models: Sequence[ModelSpec], loaded: LoadedTask
) -> Iterator[tuple[tuple[PromptSet, ...], tuple[str, ...]]]:
    """The sets that models are asked with, and those models."""
    chosen = {model.name: sets_for(model, loaded.task) for model in models}
    # Models that name the same file each have a set of their own, equal to the others'.
    different: list[tuple[PromptSet, ...]] = []
    different += (sets for sets in chosen.values() if sets and sets not in different)
    for sets in different:
        yield sets, tuple(name for name, own in chosen.items() if own == sets)


def _counted(
    sets: Sequence[PromptSet],
    samples: Iterable[Sample],
    winner: Callable[[Sequence[PromptSet], Sample], Rule | None],
) -> tuple[RuleCount, ...]:
    rules = (winner(sets, sample) for sample in samples)
    counts = Counter((rule.prompts.id, rule.name) for rule in rules if rule is not None)
    found = (RuleCount(*key, count) for key, count in counts.items())
    ids = [prompts.id for prompts in sets]
    return tuple(
        sorted(
            found,
            key=lambda one: (ids.index(one.prompts), KINDS.index(one.kind), -one.samples, one.rule),
        )
    )
