"""Answers that somebody else's tool wrote into a file."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.quoted import MAX_CHARS, quoted
from vlmhb.errors import UsageError
from vlmhb.exchange.table import Row, Table, read_table

FAILED = "Failed to obtain answer"
"""How VLMEvalKit begins the text of an answer that it did not get."""

_MOST_LISTED = 20
_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, by the order in which they are looked for."""

    ids: tuple[str, ...]
    answers: tuple[str, ...]


LAYOUTS = {
    "vhb": Layout(("id", "sample_id"), ("model_answer", "answer")),
    "vlmeval": Layout(("index",), ("prediction",)),
    # `answer` comes last: where there is another one, it is the target.
    "plain": Layout(
        ("id", "index", "sample_id", "question_id"),
        ("model_answer", "prediction", "response", "output", "answer"),
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user says of the columns; empty where the layout decides."""

    layout: str = "auto"
    id_column: str = ""
    answer_column: str = ""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """The answers of one model."""

    model: str
    file: Path
    table: Table
    layout: str
    id_column: str
    answer_column: str

    @classmethod
    def read(cls, model: str, file: Path, wanted: Wanted) -> "GivenFile":
        """The answers in `file`.

        Raises:
            UsageError: it is no table, or has no column of ids or answers.
        """
        table = read_table(file)
        layout = _layout(table, wanted.layout)
        known = LAYOUTS[layout]
        id_column = _column(file, table, (wanted.id_column,) if wanted.id_column else known.ids)
        answer_column = _column(
            file, table, (wanted.answer_column,) if wanted.answer_column else known.answers
        )
        return cls(model, file, table, layout, id_column, answer_column)

    def by_sample(self, sample_ids: Collection[str]) -> dict[str, str]:
        """Sample id -> answer.

        Raises:
            UsageError: an id is there twice, or belongs to no sample; every such row is named.
        """
        found: dict[str, str] = {}
        places: dict[str, str] = {}
        problems: list[str] = []
        for row in self.table.rows:
            sample_id = self._sample_id(row, sample_ids)
            if sample_id not in sample_ids:
                problems.append(f"{row.place}: no sample has the id {quoted(sample_id)}")
            elif sample_id in found:
                problems.append(
                    f"{row.place}: id {quoted(sample_id)} is that of {places[sample_id]}, too"
                )
            else:
                places[sample_id] = row.place
                found[sample_id] = row.cells.get(self.answer_column, "")
        self._raise_if_any(problems, sample_ids)
        return found

    def _sample_id(self, row: Row, sample_ids: Collection[str]) -> str:
        written = row.cells.get(self.id_column, "")
        if written not in sample_ids:
            # As spreadsheets and data frames spell a whole number in a column with gaps.
            written = written.strip()
            if whole := _WHOLE.fullmatch(written):
                written = whole[1]
        return written

    def _raise_if_any(self, problems: Sequence[str], sample_ids: Collection[str]) -> None:
        if not problems:
            return
        lines = list(problems[:_MOST_LISTED])
        if len(problems) > _MOST_LISTED:
            lines.append(f"and {len(problems) - _MOST_LISTED} more")
        some = ", ".join(
            one if len(one) <= MAX_CHARS else quoted(one) for one in sorted(sample_ids)[:4]
        )
        raise UsageError(
            f"cannot import {self.file}",
            "\n  " + "\n  ".join(lines),
            expected=f"each sample of the task once at most, by its id in column "
            f"{self.id_column!r}; ids of the task are {some}, ...",
            next_step="name another column with --id-column, or the task that was asked with "
            "--task",
        )


def _layout(table: Table, asked: str) -> str:
    if asked != "auto":
        return "plain" if asked in {"csv", "jsonl"} else asked
    columns = set(table.columns)
    if columns & {"id", "sample_id"} and len(columns) == 2 and columns & {"model_answer"}:
        return "vhb"
    return "vlmeval" if {"index", "prediction"} <= columns else "plain"


def _column(file: Path, table: Table, names: Sequence[str]) -> str:
    for name in names:
        if name in table.columns:
            return name
    raise UsageError(
        f"cannot import {file}",
        f"its columns are {', '.join(map(quoted, table.columns[:30]))}",
        expected=f"a column called {' or '.join(map(repr, names))}",
        next_step="name the columns with --id-column and --answer-column",
    )
