"""Models x tasks -> evaluations, and every inference they need, once."""

from collections.abc import Sequence
from dataclasses import asdict

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.prompt import Prompt
from vlmhb.domain.run import Evaluation, LoadedTask, Request, RunPlan
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, Generation, Task
from vlmhb.plan.prompts import Prompts


def build_plan(models: Sequence[ModelSpec], tasks: Sequence[LoadedTask]) -> RunPlan:
    """Evaluations in the order of `models`, then `tasks`, with each distinct request listed once.

    A model that reads whole pages takes no prompt, so all of a page's samples, in every task,
    share one request.

    Raises:
        ConfigError: a sample has no prompt; every kind of trouble is named with a sample.
    """
    evaluations: list[Evaluation] = []
    by_model: dict[str, tuple[Request, ...]] = {}
    prompts = Prompts()
    for model in models:
        requests: dict[str, Request] = {}
        for loaded in tasks:
            if not model.is_asked(loaded.task.name):
                continue
            pairs: list[tuple[str, str]] = []
            asked = zip(loaded.samples, prompts.of(model, loaded), strict=True)
            for sample, prompt in asked:
                request = request_for(model, loaded.task, sample, prompt)
                requests.setdefault(request.id, request)
                pairs.append((sample.id, request.id))
            evaluations.append(
                Evaluation(model.name, loaded.task.name, model.answers, tuple(pairs))
            )
        by_model[model.name] = tuple(requests.values())
    prompts.raise_if_wrong()
    return RunPlan(tuple(evaluations), by_model)


def request_for(model: ModelSpec, task: Task, sample: Sample, prompt: Prompt) -> Request:
    """What `model` is sent for `sample`."""
    reads_pages = model.answers is AnswerKind.PAGE_TEXT
    generation = Generation() if reads_pages else task.generation
    asked: dict[str, Json] = {
        "model": model.name,
        "prompt": prompt.prompt,
        "system_prompt": prompt.system_prompt,
        "pages": [page.sha256 for page in sample.pages],
        "generation": asdict(generation),
    }
    page_marks = prompt.page_marks and model.backend != IMPORTED
    if page_marks:
        asked["page_marks"] = True
    if model.backend == IMPORTED:
        # Nobody knows what was really asked: each sample has the answer that it was given.
        asked |= {"task": task.name, "sample": sample.id}
    return Request(
        id=sha256_of(asked)[:32],
        model=model.name,
        prompt=prompt.prompt,
        system_prompt=prompt.system_prompt,
        root=task.dataset.root,
        pages=sample.pages,
        generation=generation,
        page_marks=page_marks,
        prompt_source=prompt.source,
    )
