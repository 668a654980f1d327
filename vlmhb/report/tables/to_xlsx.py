"""results.xlsx: the tables for people who live in a spreadsheet."""

from collections.abc import Callable, Iterable, Sequence

from vlmhb.domain.decision import Decision
from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, Score, Unscored
from vlmhb.metrics.aggregation.groupings import FIELDS, STANDARD
from vlmhb.report.entries import Entry, metric_ranks
from vlmhb.report.figures.cost_table import cost_table
from vlmhb.report.figures.failures import failures_of, not_scored_of
from vlmhb.report.figures.leaderboard import UNLOCKED, Leaderboard
from vlmhb.report.figures.pivot import Pivot, PivotRow, pivot_of
from vlmhb.report.figures.problems import Problem
from vlmhb.report.figures.provenance import env_cards, model_envs, other_sections
from vlmhb.report.figures.summary_row import (
    SHOWN,
    group_columns,
    group_text,
    ordered_summaries,
    shown_columns,
)
from vlmhb.report.tables.to_csv import ANSWERS, answer_row
from vlmhb.report.tables.workbook import Value, Workbook

SUMMARY = ["rank", "task", "model", "note", "metric", "grouping", *SHOWN]
GROUPED = ["task", "model", "metric", *FIELDS, *SHOWN]
OTHER_GROUPS = ["task", "model", "metric", "grouping", *FIELDS, "group", *SHOWN]
SECONDS = {"preprocess_s", "first_token_s", "generate_s"}
TOKENS = {"prompt_tokens", "image_tokens", "completion_tokens"}
FAILURES = ["model", "task", "reason", "samples", "first error"]
NOT_SCORED = ["model", "task", "metric", "status", "reason", "samples"]
PROBLEMS = ["model", "task", "metric", "reason"]
DECISIONS = ["model", "decision", "note", "decided at"]
PROVENANCE = ["section", "name", "value"]
LONG = frozenset(
    {"question", "prompt", "targets", "answer", "error", "reason", "first error", "note"}
)


def results_xlsx(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """The workbook; the same results give the same bytes.

    Raises:
        StorageError: the file system refused a temporary file.
    """
    with Workbook() as book:

        def add(
            title: str, header: Sequence[str], rows: Iterable[Sequence[Value]], whole: str
        ) -> None:
            book.add_sheet(title, header, rows, whole, LONG)

        pivot = pivot_of(results, board)
        add("summary", SUMMARY, _summary_rows(results, board), "metrics.csv")
        add("models by tasks", _pivot_header(pivot), map(_pivot_row, pivot.rows), "pivot.csv")
        _add_groups(add, results)
        _add_samples(add, results, entries, board)
        _add_costs(add, results)
        add("problems", PROBLEMS, map(_problem_row, board.problems), "results.json")
        add("decisions", DECISIONS, map(_decision_row, results.decisions), "results.json")
        rows = _provenance_rows(results)
        book.add_sheet("provenance", PROVENANCE, rows, "results.json", LONG | {"name", "value"})
        return book.finish()


AddSheet = Callable[[str, Sequence[str], Iterable[Sequence[Value]], str], None]
"""Takes a title, a header, rows, and the file that has a text whole."""


def _add_groups(add: AddSheet, results: Results) -> None:
    add("by class", GROUPED, _grouped_rows(results, "by_doc_type"), "metrics.csv")
    add("by field", GROUPED, _grouped_rows(results, "by_doc_question"), "metrics.csv")
    add("by language", GROUPED, _grouped_rows(results, "by_language"), "metrics.csv")
    add("other groups", OTHER_GROUPS, _other_group_rows(results), "metrics.csv")


def _add_samples(
    add: AddSheet, results: Results, entries: Sequence[Entry], board: Leaderboard
) -> None:
    metrics = list(metric_ranks(results))
    whole = "answers.csv; of scores: scores.csv"
    add("samples", [*ANSWERS, *metrics], _sample_rows(entries, metrics), whole)
    add("failures", FAILURES, _failure_rows(entries, board), "answers.csv or results.json")
    add("not scored", NOT_SCORED, _not_scored_rows(entries), "scores.csv")


def _add_costs(add: AddSheet, results: Results) -> None:
    """With an empty cell for what was not measured, and no row for a model that was not."""
    lines = cost_table(results)
    cells = lines[0].cells if lines else ()
    titles = [f"{cell.title} ({cell.unit})" if cell.unit else cell.title for cell in cells]
    rows = ([line.model, *(cell.value for cell in line.cells)] for line in lines)
    add("costs", ["model", *titles], rows, "results.json")


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
    return ["model", "note", *(column.title for column in pivot.columns)]


def _pivot_row(row: PivotRow) -> list[Value]:
    return [row.model, "; ".join(row.notes), *row.figures]


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
            *(_cell(name, text) for name, text in cells),
            *(_score_value(results.get(name)) for name in metrics),
        ]


def _cell(column: str, text: str) -> Value:
    """What was measured as a number."""
    if text and column in SECONDS:
        return float(text)
    return int(text) if text and column in TOKENS else text


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
