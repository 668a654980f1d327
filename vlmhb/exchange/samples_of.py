"""A task whose questions and targets come from a file of results, where its dataset is not here."""

from collections.abc import Sequence
from dataclasses import replace

from vlmhb.datasets.filter import Filters, apply_filters
from vlmhb.datasets.options import DROP_IMAGELESS, Options
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.vlmeval_groups import NotGroupedError, places
from vlmhb.datasets.vlmeval_rows import OPTIONS, RowReader
from vlmhb.datasets.vlmeval_table import ABSENT
from vlmhb.domain.digest import Json, canonical_json, sha256_of
from vlmhb.domain.prompt import one_prompt
from vlmhb.domain.run import LeftOut, LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import AnswerKind, DatasetRef, Task
from vlmhb.errors import UsageError
from vlmhb.exchange.given import GivenFile
from vlmhb.exchange.table import Row

_MOST_LISTED = 20


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
    """`task` with a sample for each row of `given` that it wants, in its order, and no pages.

    Columns mean what they mean in VLMEvalKit's tables, and the task says of them what it says of
    those of its dataset.

    Raises:
        UsageError: a column is missing, a text is not one, no row is wanted, or rows cannot be
            grouped as the task wants it.
        DatasetError: the task's options for such tables are none.
    """
    reader = _reader(task, given)
    _check_columns(given, reader.answer or "answer")
    _check_texts(given)
    order = places(row.cells.get(given.id_column, "") for row in given.table.rows)
    of_split = [row for row in given.table.rows if _is_of_split(row, task.dataset.split)]
    kept = [row for row in of_split if not _is_dropped(row, task)]
    try:
        samples = tuple(_sample(row, given, reader, order) for row in kept)
    except NotGroupedError as error:
        raise UsageError(f"cannot group the rows of {given.file}", str(error)) from error
    # A file of results does not repeat all that a dataset says; what is there has to fit.
    told = {name for sample in samples for name in sample.metadata}
    where = {key: values for key, values in task.dataset.where.items() if key in told}
    wanted = apply_filters(samples, where)
    if not wanted:
        raise UsageError(
            f"cannot take questions and targets from {given.file}",
            f"none of its {len(given.table.rows)} rows is one that task {task.name} wants",
            expected=_wanted_rows(task, where),
        )
    left_out = LeftOut(imageless=len(of_split) - len(kept), filtered=len(samples) - len(wanted))
    own = replace(task, dataset=replace(task.dataset, root="", source=()))
    return LoadedTask(own, wanted, _digest(wanted), left_out)


def without_left_out(given: Sequence[GivenFile], loaded: LoadedTask) -> list[GivenFile]:
    """The files without answers to those rows of the first that `loaded` leaves out."""
    first = given[0]
    wanted = {sample.id for sample in loaded.samples}
    left = {row.cells.get(first.id_column, "") for row in first.table.rows} - wanted
    return [
        replace(
            one,
            table=replace(
                one.table,
                rows=tuple(
                    row for row in one.table.rows if row.cells.get(one.id_column, "") not in left
                ),
            ),
        )
        for one in given
    ]


def _wanted_rows(task: Task, where: Filters) -> str:
    split = {"split": (task.dataset.split,)} if task.dataset.split else {}
    told = [f"{key}={'|'.join(values)}" for key, values in {**split, **where}.items()]
    return f"rows with {', '.join(told)}" if told else "at least one row"


def _reader(task: Task, given: GivenFile) -> RowReader:
    problems = Problems(f"cannot read {given.file} as the dataset of task {task.name}")
    # Options of another format say nothing about such tables.
    known = {name: value for name, value in task.dataset.options.items() if name in OPTIONS}
    reader = RowReader.of(Options(known, OPTIONS, problems))
    problems.raise_if_any(next_step="correct the options of the task's dataset")
    # What we export has the targets under `answer`, wherever the dataset had them.
    return reader if reader.answer in given.table.columns else replace(reader, answer="")


def _check_columns(given: GivenFile, target: str) -> None:
    needed = ("question", target)
    if given.answer_column == target or not set(needed) <= set(given.table.columns):
        raise UsageError(
            f"cannot take questions and targets from {given.file}",
            f"its columns are {', '.join(given.table.columns)}",
            expected=f"columns {', '.join(needed)} beside the answers",
        )


def _check_texts(given: GivenFile) -> None:
    """Refuse halves of characters, which no file of a run can hold; JSON can spell them."""
    found = [f"column {name!r}: half a character" for name in given.table.columns if _half(name)]
    found += [
        f"{row.place}: column {name!r} has half a character"
        for row in given.table.rows
        for name, text in row.cells.items()
        if name != given.answer_column and _half(text)
    ]
    if not found:
        return
    more = [f"and {len(found) - _MOST_LISTED} more"] if len(found) > _MOST_LISTED else []
    raise UsageError(
        f"cannot take questions and targets from {given.file}",
        "\n  " + "\n  ".join([*found[:_MOST_LISTED], *more]),
        expected=r"whole characters; JSON writes one beyond 16 bits as two halves, \ud83d\ude00",
    )


def _half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _is_of_split(row: Row, split: str) -> bool:
    return not split or row.cells.get("split", split) == split


def _is_dropped(row: Row, task: Task) -> bool:
    """Results repeat no images; only a table that does shows which rows have none."""
    shown = [row.cells.get(name, "") for name in ("image", "image_path")]
    drops = task.dataset.options.get(DROP_IMAGELESS) is True
    return drops and "image" in row.cells and ABSENT.issuperset(shown)


def _sample(row: Row, given: GivenFile, reader: RowReader, order: dict[str, int]) -> Sample:
    index = row.cells.get(given.id_column, "")
    own = {given.id_column, given.answer_column}
    cells = {name: text for name, text in row.cells.items() if name not in own}
    sample = reader.sample(index, order[index], cells, ())
    path = cells.get("image_path", "")
    return replace(sample, document=path) if not sample.group and path not in ABSENT else sample


def _digest(samples: Sequence[Sample]) -> str:
    rows: list[Json] = [
        [s.id, s.question, list(s.targets), list(map(list, s.choices)), s.group, dict(s.metadata)]
        for s in samples
    ]
    return sha256_of(canonical_json(rows))
