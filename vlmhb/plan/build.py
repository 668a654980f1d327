"""Models x tasks -> evaluations, and every inference they need, once."""

from collections.abc import Sequence
from dataclasses import asdict

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Evaluation, LoadedTask, Request, RunPlan
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, Generation, Task


def build_plan(models: Sequence[ModelSpec], tasks: Sequence[LoadedTask]) -> RunPlan:
    """Evaluations in the order of `models`, then `tasks`, with each distinct request listed once.

    A model that reads whole pages takes no prompt, so all of a page's samples, in every task,
    share one request.
    """
    evaluations: list[Evaluation] = []
    by_model: dict[str, tuple[Request, ...]] = {}
    for model in models:
        requests: dict[str, Request] = {}
        for loaded in tasks:
            pairs: list[tuple[str, str]] = []
            for sample in loaded.samples:
                request = request_for(model, loaded.task, sample)
                requests.setdefault(request.id, request)
                pairs.append((sample.id, request.id))
            evaluations.append(
                Evaluation(model.name, loaded.task.name, model.answers, tuple(pairs))
            )
        by_model[model.name] = tuple(requests.values())
    return RunPlan(tuple(evaluations), by_model)


def request_for(model: ModelSpec, task: Task, sample: Sample) -> Request:
    """What `model` is sent for `sample`."""
    if model.answers is AnswerKind.PAGE_TEXT:
        prompt, system_prompt, generation = "", "", Generation()
    else:
        prompt = task.prompt.replace("{question}", sample.question)
        system_prompt, generation = task.system_prompt, task.generation
    identity = sha256_of(
        {
            "model": model.name,
            "prompt": prompt,
            "system_prompt": system_prompt,
            "pages": [page.sha256 for page in sample.pages],
            "generation": asdict(generation),
        }
    )
    return Request(
        id=identity[:32],
        model=model.name,
        prompt=prompt,
        system_prompt=system_prompt,
        root=task.dataset.root,
        pages=sample.pages,
        generation=generation,
    )
