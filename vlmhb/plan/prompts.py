"""Which prompt a model is asked with about a sample."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.prompt import EVERY_TASK, Prompt, PromptSet, PromptText
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, Task
from vlmhb.errors import ConfigError
from vlmhb.plan.template import TemplateProblem, bounded, render


class PromptProblem(Exception):  # noqa: N818 - it becomes a line of a ConfigError
    """Why a sample has no prompt."""


def sets_for(model: ModelSpec, task: Task) -> tuple[PromptSet, ...]:
    """The sets that the prompts for `model` on `task` come from, the one that wins first.

    None for a model that takes no prompts, or is not evaluated on the task. A model's own set
    stands alone, except that one without prompts leaves these, and one without system prompts
    leaves those, to the task's.
    """
    if model.answers is AnswerKind.PAGE_TEXT or not model.is_asked(task.name):
        return ()
    own = model.prompts.get(task.name) or model.prompts.get(EVERY_TASK)
    if own is None:
        return (task.prompts,)
    left = not own.has_prompts or (not own.has_system_prompts and task.prompts.has_system_prompts)
    return (own, task.prompts) if left else (own,)


def sets_in_use(models: Iterable[ModelSpec], task: Task) -> tuple[PromptSet, ...]:
    """Every set that some model is asked with on `task`, once."""
    found: list[PromptSet] = []
    for model in models:
        found += (prompts for prompts in sets_for(model, task) if prompts not in found)
    return tuple(found)


class Prompts:
    """The prompts of a run, each rendered once however many models share it.

    Samples without a prompt are noted; ask `raise_if_wrong` when all were asked for.
    """

    def __init__(self) -> None:
        self._rendered: dict[tuple[str, tuple[int, ...]], tuple[Prompt, ...]] = {}
        self._problems: dict[tuple[str, str], dict[str, None]] = {}

    def of(self, model: ModelSpec, loaded: LoadedTask) -> tuple[Prompt, ...]:
        """What `model` is asked about the samples of `loaded`, in their order."""
        sets = sets_for(model, loaded.task)
        key = (loaded.task.name, tuple(map(id, sets)))
        if key not in self._rendered:
            self._rendered[key] = tuple(
                self._prompt(loaded.task.name, sets, sample) for sample in loaded.samples
            )
        return self._rendered[key]

    def raise_if_wrong(self) -> None:
        """Do nothing when every sample has a prompt.

        Raises:
            ConfigError: naming tasks, samples and what is missing.
        """
        issues = []
        for (task, problem), samples in self._problems.items():
            more = f" and {len(samples) - 1:,} more" if len(samples) > 1 else ""
            issues.append(f"task {task}: sample {next(iter(samples))}{more}: {problem}")
        if issues:
            raise ConfigError(tuple(issues))

    def _prompt(self, task: str, sets: Sequence[PromptSet], sample: Sample) -> Prompt:
        try:
            return prompt_for(sets, sample)
        except PromptProblem as problem:
            self._problems.setdefault((task, str(problem)), {})[sample.id] = None
            return Prompt("", "", "")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a prompt set that won."""

    prompts: PromptSet
    name: str
    """`fixed`, `field passport Имя`, `class passport` or `default`."""
    text: PromptText

    @property
    def source(self) -> str:
        """Set, version and rule: `passports@2 field passport Имя`."""
        return f"{self.prompts.id} {self.name}"


def prompt_rule(sets: Iterable[PromptSet], sample: Sample) -> Rule | None:
    """What says what `sample` is asked; None where no rule of the set that decides is for it."""
    for prompts in sets:
        if prompts.has_prompts:
            rules = prompts.rules(sample.doc_class, sample.question_type)
            found = (Rule(prompts, name, text) for name, text in rules if text.prompt is not None)
            return next(found, None)
    return None


def system_prompt_rule(sets: Iterable[PromptSet], sample: Sample) -> Rule | None:
    """What has the system prompt for `sample`; None where there is none."""
    for prompts in sets:
        for name, text in prompts.rules(sample.doc_class, sample.question_type):
            if text.system_prompt is not None:
                return Rule(prompts, name, text)
    return None


def prompt_for(sets: Sequence[PromptSet], sample: Sample) -> Prompt:
    """What `sample` is asked with; empty texts when there are no sets.

    Raises:
        PromptProblem: no rule has a prompt for it, or a template needs what it has not.
    """
    if not sets:
        return Prompt("", "", "")
    rule, system_rule = prompt_rule(sets, sample), system_prompt_rule(sets, sample)
    if rule is None:
        raise PromptProblem(_no_prompt(sets, sample))
    prompt = _rendered(rule, rule.text.prompt, sample)
    if system_rule is None:
        return Prompt(prompt, "", rule.source, rule.prompts.page_marks)
    source = rule.source
    if system_rule.source != source:
        source = f"{source}; system prompt {system_rule.source}"
    system_prompt = _rendered(system_rule, system_rule.text.system_prompt, sample)
    return Prompt(prompt, system_prompt, source, rule.prompts.page_marks)


def _no_prompt(sets: Sequence[PromptSet], sample: Sample) -> str:
    decides = next((prompts for prompts in sets if prompts.has_prompts), None)
    if decides is None:
        return f"neither {' nor '.join(one.id for one in sets)} has a prompt"
    key = f"{sample.doc_class} {sample.question_type}"
    what = repr(key) if key.strip() else "a sample without class and field"
    return f"prompt set {decides.id} has no prompt for {what}; add one, or a default"


def _rendered(rule: Rule, written: str | None, sample: Sample) -> str:
    written = written or ""
    try:
        return render(written, sample) if rule.text.is_template else bounded(written)
    except TemplateProblem as problem:
        raise PromptProblem(f"prompt {rule.source}: {problem}") from problem
