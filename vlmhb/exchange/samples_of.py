"""A task whose questions and targets come from a file of results, where its dataset is not here."""

import string
from collections.abc import Sequence
from dataclasses import replace

from vlmhb.datasets.literal import list_of
from vlmhb.datasets.vlmeval_groups import RULES, NotGroupedError, places
from vlmhb.datasets.vlmeval_table import ABSENT
from vlmhb.domain.digest import Json, canonical_json, sha256_of
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, DatasetRef, Task
from vlmhb.errors import UsageError
from vlmhb.exchange.given import GivenFile
from vlmhb.exchange.table import Row

NEEDED = ("question", "answer")
_NOT_METADATA = {"image", "question", "answer", "answers", *string.ascii_uppercase}


def own_task(given: GivenFile, metrics: Sequence[str] = ()) -> Task:
    """A task for a file of which nobody described the dataset.

    Without `metrics` those are taken that fit what the targets look like: options, Yes and No, or
    short texts.
    """
    name = given.file.stem.removeprefix(f"{given.model}_") or given.file.stem
    fitting = tuple(metrics) or _fitting(given.table.rows)
    return Task(
        name=name,
        version="1",
        description=f"Questions and targets of {given.file.name}.",
        dataset=DatasetRef(name, "vlmeval_tsv", "", given.file.name, "not known"),
        prompts=one_prompt(name, "1", "{{ question }}"),
        metrics={AnswerKind.REPLY: fitting, AnswerKind.PAGE_TEXT: ("cer", "wer")},
    )


def _fitting(rows: Sequence[Row]) -> tuple[str, ...]:
    if any(row.cells.get("A", "") not in ABSENT for row in rows):
        return ("mcq",)
    targets = {row.cells.get("answer", "").strip().lower() for row in rows}
    return ("yes_no",) if targets <= {"yes", "no"} else ("anls", "exact_match")


def task_of_file(task: Task, given: GivenFile) -> LoadedTask:
    """`task` with a sample for each row of `given`, in its order, and no pages.

    Columns mean what they mean in VLMEvalKit's tables.

    Raises:
        UsageError: a column is missing, or rows cannot be grouped as the task wants it.
    """
    table = given.table
    lacking = [name for name in NEEDED if name not in table.columns]
    if lacking or given.answer_column == "answer":
        raise UsageError(
            f"cannot take questions and targets from {given.file}",
            f"its columns are {', '.join(table.columns)}",
            expected=f"columns {', '.join(NEEDED)} beside the answers",
        )
    order = places(row.cells.get(given.id_column, "") for row in table.rows)
    try:
        samples = tuple(_sample(row, given, task, order) for row in table.rows)
    except NotGroupedError as error:
        raise UsageError(f"cannot group the rows of {given.file}", str(error)) from error
    rows: list[Json] = [
        [s.id, s.question, list(s.targets), list(map(list, s.choices)), s.group, dict(s.metadata)]
        for s in samples
    ]
    dataset = replace(task.dataset, root="", source=())
    return LoadedTask(replace(task, dataset=dataset), samples, sha256_of(canonical_json(rows)))


def _sample(row: Row, given: GivenFile, task: Task, order: dict[str, int]) -> Sample:
    cells = {name: text for name, text in row.cells.items() if text not in ABSENT}
    index = row.cells.get(given.id_column, "")
    rule = RULES[str(task.dataset.options.get("group_by", "g_index"))]
    grouped = rule(index, order[index], cells)
    choices = tuple((letter, cells[letter]) for letter in string.ascii_uppercase if letter in cells)
    own = {given.id_column, given.answer_column}
    return Sample(
        id=index,
        question=cells.get("question", ""),
        pages=(),
        targets=_targets(cells, is_letter=bool(choices)),
        document=grouped.group or cells.get("image_path", "") or index,
        doc_class="",
        question_type="",
        language=str(task.dataset.options.get("language", "")),
        choices=choices,
        group=grouped.group,
        metadata={
            **{name: text for name, text in cells.items() if name not in _NOT_METADATA | own},
            **grouped.place,
        },
    )


def _targets(cells: dict[str, str], *, is_letter: bool) -> tuple[str, ...]:
    answer = cells.get("answers") or cells.get("answer", "")
    several = None if is_letter else list_of(answer)
    if several is not None:
        return several
    return (answer,) if answer else ()
