"""answers.csv, scores.csv and metrics.csv: data, so no cell is altered to please a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from vlmhb.domain.answer import Answer, Outcome
from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.report.entries import Entry, error_text
from vlmhb.report.numbers import exact
from vlmhb.report.summary_row import (
    FIGURES,
    figure_columns,
    group_columns,
    group_text,
    ordered_summaries,
)

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
]


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    r"""RFC 4180: commas, `\r\n`, quotes where needed; UTF-8 without a byte order mark.

    Two things are spelled out: a lone surrogate, which UTF-8 cannot hold, like `\udc80`, and NUL,
    which many readers of CSV refuse or stop at, as `\x00`.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell.replace("\0", r"\x00") for cell in row] for row in rows)
    return text.getvalue().encode("utf-8", errors="backslashreplace")


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
    for summary, task in ordered_summaries(results):
        columns, others = group_columns(summary, task)
        yield [
            summary.model,
            summary.task,
            summary.metric,
            summary.grouping,
            *columns.values(),
            group_text(others),
            *map(_cell, figure_columns(summary, results).values()),
        ]


def _cell(value: float | str | None) -> str:
    return exact(value) if value is None or isinstance(value, float) else str(value)
