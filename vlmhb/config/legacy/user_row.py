"""A row of user_config.csv: one model on one task."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.config.issues import did_you_mean
from vlmhb.config.legacy.table import Columns, Row, read_rows
from vlmhb.datasets.literal import list_of
from vlmhb.domain.vhb_row import VQA

COLUMNS = Columns(
    ("dataset", "framework", "model_name"),
    (
        "task",
        "system_prompt",
        "prompt_collection",
        "metrics",
        "only_evaluate_metrics",
        "metrics_aggregators",
        "filter_doc_class",
        "filter_question_type",
    ),
    unused=("model_family", "docker_image"),  # of the first forms of the file
)
TASKS = {
    VQA: "annotation_csv",
    "RPOClassification": "rpo_classification",
    "RPOSorting": "rpo_sorting",
}
"""Task -> format of its datasets."""
METRICS = {"WER": "wer", "CER": "cer", "BLEU": "bleu_vhb"}
"""As VLMHyperBench calls them -> as vlmhb does."""
AGGREGATORS = ("by_id", "by_doc_type", "by_doc_question", "general")
OVERALL = "overall"
"""What `general` was called at first."""

_TRUTH = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False, "": False}


@dataclass(frozen=True, slots=True)
class UserRow:
    """What a row says; empty texts where it says nothing."""

    row: Row
    dataset: str
    task: str
    framework: str
    model_name: str
    system_prompt: str
    prompt_collection: str
    metrics: tuple[str, ...]
    """Keys of METRICS."""
    aggregators: tuple[str, ...]
    only_evaluate: bool
    where: Mapping[str, tuple[str, ...]]
    """Key of a sample -> the values it may have."""


def read_user_rows(path: Path, shown: str, issues: list[str]) -> tuple[UserRow, ...]:
    """The rows of a user_config.csv whose dataset, task and model are named, and every problem.

    What a row says wrongly otherwise is as if it said nothing, so that the rest of it is looked at.

    Raises:
        ConfigError: the file is no such table.
    """
    rows = (_user_row(row, issues) for row in read_rows(path, shown, COLUMNS))
    return tuple(row for row in rows if row is not None)


def unused_columns(rows: Sequence[UserRow]) -> tuple[str, ...]:
    """What the rows say without an effect, for the user."""
    names = [name for name in COLUMNS.unused if any(row.row.cells.get(name) for row in rows)]
    return (f"{rows[0].row.shown}: not used: {', '.join(names)}",) if names else ()


def _user_row(row: Row, issues: list[str]) -> UserRow | None:
    cells = {name: row.cells.get(name, "") for name in COLUMNS.known}
    empty = [name for name in COLUMNS.needed if not cells[name]]
    issues.extend(row.issue(name, "nothing", "a name") for name in empty)
    task = cells["task"] or VQA
    if task not in TASKS:
        hint = did_you_mean(task, TASKS)
        issues.append(row.issue("task", repr(task), f"one of: {', '.join(TASKS)}{hint}"))
    only_evaluate = _TRUTH.get(cells["only_evaluate_metrics"].strip().lower())
    if only_evaluate is None:
        got = repr(cells["only_evaluate_metrics"])
        issues.append(row.issue("only_evaluate_metrics", got, "True or False"))
    metrics = _names(row, "metrics", METRICS, issues)
    aggregators = _names(row, "metrics_aggregators", (*AGGREGATORS, OVERALL), issues)
    if empty or task not in TASKS:
        return None
    filters = {key: cells[f"filter_{key}"] for key in ("doc_class", "question_type")}
    return UserRow(
        row=row,
        dataset=cells["dataset"],
        task=task,
        framework=cells["framework"],
        model_name=cells["model_name"],
        system_prompt=cells["system_prompt"],
        prompt_collection=cells["prompt_collection"],
        metrics=metrics or tuple(METRICS),
        # An empty list asks for no file, while one of metrics asks for all of them.
        aggregators=_renamed(aggregators) if cells["metrics_aggregators"] else AGGREGATORS,
        only_evaluate=bool(only_evaluate),
        where={key: (value,) for key, value in filters.items() if value},
    )


def _renamed(aggregators: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("general" if name == OVERALL else name for name in aggregators))


def _names(row: Row, column: str, known: Collection[str], issues: list[str]) -> tuple[str, ...]:
    """The entries of a Python list, each once, in the order of the file."""
    written = row.cells.get(column, "")
    if not written:
        return ()
    names = list_of(written)
    if names is None:
        example = f"[{', '.join(repr(name) for name in list(known)[:2])}]"
        issues.append(row.issue(column, repr(written), f"a list such as {example}, or nothing"))
        return ()
    spelled = {name.lower(): name for name in known}
    for name in names:
        if name.lower() not in spelled:
            hint = did_you_mean(name, known)
            issues.append(row.issue(column, repr(name), f"one of: {', '.join(known)}{hint}"))
    return tuple(dict.fromkeys(spelled[n.lower()] for n in names if n.lower() in spelled))
