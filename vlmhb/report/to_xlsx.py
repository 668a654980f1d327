"""results.xlsx: the tables for people who live in a spreadsheet."""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone

import xlsxwriter
from xlsxwriter.format import Format

from vlmhb.domain.decision import Decision
from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, Score, Unscored
from vlmhb.metrics.aggregation.groupings import FIELDS, STANDARD
from vlmhb.report.entries import Entry, metric_ranks
from vlmhb.report.failures import failures_of, not_scored_of
from vlmhb.report.leaderboard import UNLOCKED, Leaderboard
from vlmhb.report.numbers import finite, scaled
from vlmhb.report.pivot import Pivot, PivotRow, pivot_of
from vlmhb.report.problems import Problem
from vlmhb.report.provenance import env_cards, model_envs, other_sections
from vlmhb.report.ranking import ranked_value
from vlmhb.report.summary_row import (
    SHOWN,
    group_columns,
    group_text,
    ordered_summaries,
    shown_columns,
)
from vlmhb.report.text import CONTROL, UNENCODABLE, escape_sequence
from vlmhb.report.to_csv import ANSWERS, answer_row

CELL_CHARS = 32_767
"""What a cell holds, in UTF-16 code units."""
SHEET_ROWS = 1_048_576
CUT = " […cut; the whole text is in answers.csv]"
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
CREATED = datetime(2000, 1, 1, tzinfo=timezone.utc).replace(tzinfo=None)
"""Of every workbook: the real time would make two exports of one run differ."""

_ILLEGAL = re.compile(f"[{CONTROL}{UNENCODABLE}]")

Value = str | int | float | None


def cell_text(text: str) -> tuple[str, str]:
    """(`text` as a cell can hold it, what was changed: ``, `escaped`, `cut`, or both)."""
    kept = _ILLEGAL.sub(lambda match: escape_sequence(match[0]), text)
    changes = ["escaped"] if kept != text else []
    if _utf16_length(kept) > CELL_CHARS:
        kept = _cut(kept, CELL_CHARS - len(CUT)) + CUT
        changes.append("cut")
    return kept, ", ".join(changes)


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore")


class Workbook:
    """Sheets of plain cells: a string is written as a string, whatever it looks like."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._bytes, OPTIONS)
        self._book.set_properties({"created": CREATED})
        self._book.set_size(2400, 1400)
        self._header = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        self._text = self._book.add_format({"valign": "top"})
        self._changed = self._book.add_format({"valign": "top", "bg_color": "#FFE8C7"})

    def add_sheet(self, title: str, header: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Append a sheet with a frozen, filterable header.

        Cells whose text had to be changed are shaded, and the last column says how.
        """
        sheet = self._book.add_worksheet(title)
        columns = [*header, "changed to fit the format"]
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, self._header)
            sheet.set_column(column, column, _column_width(name))
        count = 0
        for count, row in enumerate(rows, start=1):
            if count == SHEET_ROWS - 1:
                sheet.write_string(count, 0, "More rows do not fit; they are in the CSV files.")
                break
            changes = [
                self._write(sheet.write_string, sheet.write_number, (count, column), value)
                for column, value in enumerate(row)
            ]
            noted = ", ".join(
                f"{name} {change}" for name, change in zip(header, changes, strict=True) if change
            )
            sheet.write_string(count, len(header), noted, self._text)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, count), len(columns) - 1)

    def _write(
        self,
        write_string: Callable[[int, int, str, Format], object],
        write_number: Callable[[int, int, float, Format], object],
        place: tuple[int, int],
        value: Value,
    ) -> str:
        if isinstance(value, str):
            text, change = cell_text(value)
            write_string(*place, text, self._changed if change else self._text)
            return change
        number = value if isinstance(value, int) else finite(value)
        if number is not None:
            write_number(*place, number, self._text)
        return ""

    def finish(self) -> bytes:
        """The file's bytes."""
        self._book.close()
        return self._bytes.getvalue()


def _column_width(name: str) -> int:
    wide = {"question", "prompt", "targets", "answer", "error", "reason", "first error", "value"}
    return 40 if name in wide else max(12, len(name) + 3)


def results_xlsx(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """The workbook; the same results give the same bytes."""
    book = Workbook()
    book.add_sheet("summary", SUMMARY, _summary_rows(results, board))
    pivot = pivot_of(results, board)
    book.add_sheet("models by tasks", _pivot_header(pivot), map(_pivot_row, pivot.rows))
    book.add_sheet("by class", GROUPED, _grouped_rows(results, "by_doc_type"))
    book.add_sheet("by field", GROUPED, _grouped_rows(results, "by_doc_question"))
    book.add_sheet("by language", GROUPED, _grouped_rows(results, "by_language"))
    book.add_sheet("other groups", OTHER_GROUPS, _other_group_rows(results))
    metrics = list(metric_ranks(results))
    book.add_sheet("samples", [*ANSWERS, *metrics], _sample_rows(entries, metrics))
    book.add_sheet("failures", FAILURES, _failure_rows(entries, board))
    book.add_sheet("not scored", NOT_SCORED, _not_scored_rows(entries))
    book.add_sheet("problems", PROBLEMS, map(_problem_row, board.problems))
    book.add_sheet("decisions", DECISIONS, map(_decision_row, results.decisions))
    book.add_sheet("provenance", ["section", "name", "value"], _provenance_rows(results))
    return book.finish()


SUMMARY = ["rank", "task", "model", "note", "metric", "grouping", *SHOWN]
GROUPED = ["task", "model", "metric", *FIELDS, *SHOWN]
OTHER_GROUPS = ["task", "model", "metric", "grouping", *FIELDS, "group", *SHOWN]
MEASURED = {
    "preprocess_s",
    "first_token_s",
    "generate_s",
    "prompt_tokens",
    "image_tokens",
    "completion_tokens",
}
FAILURES = ["model", "task", "reason", "samples", "first error"]
NOT_SCORED = ["model", "task", "metric", "status", "reason", "samples"]
PROBLEMS = ["model", "task", "metric", "reason"]
DECISIONS = ["model", "decision", "note", "decided at"]


def _summary_rows(results: Results, board: Leaderboard) -> Iterable[list[Value]]:
    for table in board.tables:
        for row in table.rows:
            note = "; ".join(row.notes)
            for cell in filter(None, row.cells):
                summary = cell.summary
                names = [row.rank, table.task, row.model, note, summary.metric, summary.grouping]
                yield [*names, *shown_columns(summary, results).values()]
    for model in board.unavailable:
        yield [None, "", model.model, f"{model.state}: {model.reason}", *[None] * len(SUMMARY[4:])]


def _pivot_header(pivot: Pivot) -> list[str]:
    return ["model", "note", *(f"{column.task} {column.metric}" for column in pivot.columns)]


def _pivot_row(row: PivotRow) -> list[Value]:
    """Figures as the tasks' references print them, with failed samples counted as wrong."""
    figures = (
        scaled(ranked_value(cell.summary), cell.scale) if cell else None for cell in row.cells
    )
    return [row.model, "; ".join(row.notes), *figures]


def _grouped_rows(results: Results, grouping: str) -> Iterable[list[Value]]:
    for summary, task in ordered_summaries(results):
        if summary.grouping == grouping:
            names = [summary.task, summary.model, summary.metric]
            columns, _ = group_columns(summary, task)
            yield [*names, *columns.values(), *shown_columns(summary, results).values()]


def _other_group_rows(results: Results) -> Iterable[list[Value]]:
    for summary, task in ordered_summaries(results):
        if summary.grouping not in STANDARD:
            names = [summary.task, summary.model, summary.metric, summary.grouping]
            columns, others = group_columns(summary, task)
            cells = [*columns.values(), group_text(others)]
            yield [*names, *cells, *shown_columns(summary, results).values()]


def _sample_rows(entries: Iterable[Entry], metrics: Sequence[str]) -> Iterable[list[Value]]:
    for entry in entries:
        results = {score.metric: score.result for score in entry.scores}
        cells = zip(ANSWERS, answer_row(entry), strict=True)
        yield [
            *(float(cell) if cell and name in MEASURED else cell for name, cell in cells),
            *(_score_value(results.get(name)) for name in metrics),
        ]


def _score_value(result: Score | Unscored | Failed | None) -> Value:
    match result:
        case Score():
            return result.value
        case Unscored(reason=reason) | Failed(reason=reason):
            return reason
        case None:
            return None


def _failure_rows(entries: Iterable[Entry], board: Leaderboard) -> Iterable[list[Value]]:
    for failure in failures_of(entries):
        yield [failure.model, failure.task, failure.reason, failure.count, failure.example]
    for model in board.unavailable:
        commands = "; ".join(model.commands)
        yield [model.model, "", model.state, None, f"{model.reason} {commands}".rstrip()]


def _not_scored_rows(entries: Iterable[Entry]) -> Iterable[list[Value]]:
    for each in not_scored_of(entries):
        yield [each.model, each.task, each.metric, each.status, each.reason, each.count]


def _problem_row(problem: Problem) -> list[Value]:
    return [problem.model, problem.task, problem.metric, problem.reason]


def _decision_row(decision: Decision) -> list[Value]:
    return [decision.model, decision.state.value, decision.note, decision.decided_at]


def _provenance_rows(results: Results) -> Iterable[list[Value]]:
    for used in model_envs(results):
        note = "" if used.env.locked else f" ({UNLOCKED})"
        yield [f"model {used.model}", "env", f"{used.env.name}{note}, {used.env.fingerprint}"]
    for card in env_cards(results):
        section = f"env {card.name}"
        for key, value in card.facts:
            yield [section, key, value]
        for package, version in card.packages:
            yield [section, f"package {package}", version]
        for package, version in card.inherited:
            yield [section, f"inherited package {package}", version]
    for title, facts in other_sections(results):
        for key, value in facts:
            yield [title, key, value]
