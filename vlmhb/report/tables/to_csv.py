"""The CSV files: data, so no cell is altered to please a spreadsheet."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.decision import last_decisions
from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.report.entries import Entry, error_text
from vlmhb.report.figures.pivot import Pivot, PivotRow
from vlmhb.report.figures.summary_row import (
    FIGURES,
    figure_columns,
    group_columns,
    group_text,
    ordered_summaries,
)
from vlmhb.report.numbers import exact
from vlmhb.report.text import escape_sequence

ANSWERS = [
    "model",
    "task",
    "sample_id",
    "document",
    "doc_class",
    "question_type",
    "language",
    "request_id",
    "question",
    "system_prompt",
    "prompt",
    "prompt_source",
    "targets",
    "status",
    "answer",
    "finish_reason",
    "preprocess_s",
    "first_token_s",
    "generate_s",
    "prompt_tokens",
    "image_tokens",
    "completion_tokens",
    "degraded",
    "error",
]
SCORES = [
    "model",
    "task",
    "sample_id",
    "doc_class",
    "question_type",
    "language",
    "metric",
    "status",
    "value",
    "numerator",
    "denominator",
    "reason",
    "worst_numerator",
    "worst_denominator",
]
METRICS = [
    "model",
    "task",
    "metric",
    "grouping",
    "doc_class",
    "question_type",
    "language",
    "group",
    *FIGURES,
    "decision",
]
PIVOT = ["model", "decision", "note"]
"""Then a column for each task."""

_UNFIT = re.compile(r"[\x00\ud800-\udfff]|\\(?=x00|x5c|ud[89a-f][0-9a-f]{2})")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    r"""RFC 4180: commas, `\r\n`, quotes where needed; UTF-8 without a byte order mark.

    What no reader can be given is spelled out: a lone surrogate, which UTF-8 cannot hold, like
    `\udc80`, and NUL, which many readers of CSV refuse or stop at, as `\x00`. A backslash that
    would begin one of these, in a text that says so, is `\x5c`: so all of them can be had back.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([spelled_out(cell) for cell in row] for row in chain([header], rows))
    return text.getvalue().encode("utf-8")


def spelled_out(cell: str) -> str:
    """`cell` without what CSV in UTF-8 cannot hold."""
    # Most cells are names and numbers, and there are millions of them.
    if cell.isascii() and "\\" not in cell and "\0" not in cell:
        return cell
    return _UNFIT.sub(lambda match: escape_sequence(match[0]), cell)


def answers_csv(entries: Iterable[Entry]) -> bytes:
    """One row per sample of every evaluation."""
    return csv_bytes(ANSWERS, map(answer_row, entries))


def answer_row(entry: Entry) -> list[str]:
    """The cells of `ANSWERS`."""
    sample = entry.sample
    return [
        entry.evaluation.model,
        entry.evaluation.task,
        sample.id,
        sample.document,
        sample.doc_class,
        sample.question_type,
        sample.language,
        entry.request.id,
        sample.question,
        entry.request.system_prompt,
        entry.request.prompt,
        entry.request.prompt_source,
        json.dumps(sample.targets, ensure_ascii=False),
        entry.status,
        *_answer_cells(entry.outcome),
        error_text(entry.outcome),
    ]


def _answer_cells(outcome: Outcome | None) -> list[str]:
    if not isinstance(outcome, Answer):
        return [""] * 9
    timing, usage = outcome.timing, outcome.usage
    seconds = (timing.preprocess_s, timing.first_token_s, timing.generate_s)
    tokens = (usage.prompt_tokens, usage.image_tokens, usage.completion_tokens)
    return [
        outcome.text,
        outcome.finish_reason.value,
        *map(exact, seconds),
        *("" if count is None else str(count) for count in tokens),
        "; ".join(outcome.degraded),
    ]


def scores_csv(entries: Iterable[Entry]) -> bytes:
    """One row per sample and metric."""
    rows = (_score_row(entry, score) for entry in entries for score in entry.scores)
    return csv_bytes(SCORES, rows)


def _score_row(entry: Entry, score: SampleScore) -> list[str]:
    sample = entry.sample
    return [
        score.model,
        score.task,
        score.sample_id,
        sample.doc_class,
        sample.question_type,
        sample.language,
        score.metric,
        *_result_cells(score.result),
    ]


def _result_cells(result: Score | Unscored | Failed) -> list[str]:
    match result:
        case Score(numerator=numerator, denominator=denominator):
            figures = [exact(result.value), exact(numerator), exact(denominator)]
            return ["scored", *figures, "", "", ""]
        case Unscored(reason=reason):
            return ["unscored", "", "", "", reason, "", ""]
        case Failed(reason=reason, worst=worst):
            parts = [exact(worst.numerator), exact(worst.denominator)]
            return ["failed", "", "", "", reason, *parts]


def metrics_csv(results: Results) -> bytes:
    """One row per metric summary, in the order of the plan."""
    return csv_bytes(METRICS, _metric_rows(results))


def _metric_rows(results: Results) -> Iterator[list[str]]:
    decided = last_decisions(results.decisions)
    for summary, task in ordered_summaries(results):
        columns, others = group_columns(summary, task)
        decision = decided.get(summary.model)
        yield [
            summary.model,
            summary.task,
            summary.metric,
            summary.grouping,
            *columns.values(),
            group_text(others),
            *map(_cell, figure_columns(summary, results).values()),
            decision.state.value if decision else "",
        ]


def _cell(value: float | str | None) -> str:
    return exact(value) if value is None or isinstance(value, float) else str(value)


def pivot_csv(pivot: Pivot) -> bytes:
    """Models by tasks, as the tasks' references print their figures."""
    header = [*PIVOT, *(column.title for column in pivot.columns)]
    return csv_bytes(header, map(_pivot_row, pivot.rows))


def _pivot_row(row: PivotRow) -> list[str]:
    decided = row.decision.state if row.decision else None
    notes = (note for note in row.notes if decided is None or note != decided.words)
    return [
        row.model,
        decided.value if decided else "",
        "; ".join(notes),
        *map(exact, row.figures),
    ]
