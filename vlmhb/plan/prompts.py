"""Which prompt a model is asked with about a sample."""

from collections.abc import Iterable, Sequence

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


def prompt_for(sets: Sequence[PromptSet], sample: Sample) -> Prompt:
    """What `sample` is asked with; empty texts when there are no sets.

    Raises:
        PromptProblem: no rule has a prompt for it, or a template needs what it has not.
    """
    prompt = source = system_prompt = system_source = ""
    page_marks = False
    for prompts in sets:
        if not source and prompts.has_prompts:
            source, prompt = _prompt_of(prompts, sample)
            page_marks = prompts.page_marks
        if not system_source and prompts.has_system_prompts:
            system_source, system_prompt = _system_prompt_of(prompts, sample)
    if sets and not source:
        raise PromptProblem(f"neither {' nor '.join(one.id for one in sets)} has a prompt")
    if system_source and system_source != source:
        source = f"{source}; system prompt {system_source}"
    return Prompt(prompt, system_prompt, source, page_marks)


def _prompt_of(prompts: PromptSet, sample: Sample) -> tuple[str, str]:
    for rule, text in prompts.rules(sample.doc_class, sample.question_type):
        if text.prompt is not None:
            source = f"{prompts.id} {rule}"
            return source, _rendered(text, text.prompt, sample, source)
    key = f"{sample.doc_class} {sample.question_type}"
    what = repr(key) if key.strip() else "a sample without class and field"
    raise PromptProblem(f"prompt set {prompts.id} has no prompt for {what}; add one, or a default")


def _system_prompt_of(prompts: PromptSet, sample: Sample) -> tuple[str, str]:
    for rule, text in prompts.rules(sample.doc_class, sample.question_type):
        if text.system_prompt is not None:
            source = f"{prompts.id} {rule}"
            return source, _rendered(text, text.system_prompt, sample, source)
    return "", ""


def _rendered(text: PromptText, written: str, sample: Sample, source: str) -> str:
    try:
        return render(written, sample) if text.is_template else bounded(written)
    except TemplateProblem as problem:
        raise PromptProblem(f"prompt {source}: {problem}") from problem
