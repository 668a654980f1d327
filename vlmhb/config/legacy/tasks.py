"""Rows of user_config.csv -> the tasks of a run."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vlmhb.config.legacy.user_row import METRICS, TASKS, UserRow
from vlmhb.domain.prompt import PromptSet
from vlmhb.domain.task import AnswerKind, DatasetRef, Task
from vlmhb.domain.vhb_row import VQA

_ANNOTATION = {"annotation_csv": "annotation.csv"}
_ORDER = ("kendall_tau", "spearman_rho", "order_accuracy")
"""What VLMHyperBench's later tools judge the order of pages by."""
_UNWANTED = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row with everything that it names."""

    said: UserRow
    root: str
    """Absolute path of the dataset."""
    model: str
    """In this run."""
    prompts: PromptSet


def tasks_of(rows: Sequence[ReadRow]) -> Iterator[tuple[Task, tuple[ReadRow, ...]]]:
    """The tasks, in the order of their first rows, with the rows of each.

    Rows about the same samples with the same metrics make one task, in which each model may have
    prompts of its own, so that models can be compared. Where a model is there with several
    prompts, prompts are compared: then each makes a task.
    """
    names: set[str] = set()
    for same in _grouped(rows, _samples_of):
        parts = _grouped(same, _prompts_of) if _compares_prompts(same) else [same]
        for part in parts:
            name = _unique(_UNWANTED.sub("-", part[0].said.dataset).strip("-.") or "task", names)
            yield _task(name, part[0]), part


def _samples_of(row: ReadRow) -> object:
    said = row.said
    return row.root, said.task, tuple(sorted(said.where.items())), frozenset(said.metrics)


def _prompts_of(row: ReadRow) -> object:
    return row.said.prompt_collection, row.said.system_prompt


def _grouped(
    rows: Sequence[ReadRow], key: Callable[[ReadRow], object]
) -> list[tuple[ReadRow, ...]]:
    groups: dict[object, list[ReadRow]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [tuple(group) for group in groups.values()]


def _compares_prompts(rows: Sequence[ReadRow]) -> bool:
    asked = {(row.model, _prompts_of(row)) for row in rows}
    return len(asked) > len({row.model for row in rows})


def _unique(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 1
    while name.casefold() in taken:
        number += 1
        name = f"{wanted}-{number}"
    taken.add(name.casefold())
    return name


def _task(name: str, row: ReadRow) -> Task:
    said = row.said
    form = TASKS[said.task]
    metrics = tuple(METRICS[metric] for metric in said.metrics)
    more = _ORDER if form == "rpo_sorting" else ()
    return Task(
        name=name,
        version="1",
        description=_described(said),
        dataset=DatasetRef(
            name=said.dataset,
            format=form,
            root=row.root,
            annotation=_ANNOTATION.get(form, "classes.json"),
            licence="not told",
            where=said.where,
        ),
        prompts=row.prompts,
        metrics={AnswerKind.REPLY: metrics + more, AnswerKind.PAGE_TEXT: metrics},
    )


def _described(said: UserRow) -> str:
    only = [f"{key} {', '.join(values)}" for key, values in said.where.items()]
    asked = "questions of its pages" if said.task == VQA else "bundles of pages"
    return f"{said.dataset}, {asked}{': ' if only else ''}{'; '.join(only)}."
