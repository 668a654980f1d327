"""results.md: what to paste into a pull request."""

from collections.abc import Iterator, Sequence

from vlmhb.domain.decision import Decision
from vlmhb.domain.results import Results
from vlmhb.report.entries import Entry
from vlmhb.report.failures import (
    FailureCount,
    NotScored,
    UnavailableModel,
    failures_of,
    unscored_of,
)
from vlmhb.report.heatmap import TITLES, HeatCell, Heatmap, heatmaps, own_groupings
from vlmhb.report.leaderboard import UNLOCKED, Cell, Leaderboard, Row, Table
from vlmhb.report.losses import losses, with_failures
from vlmhb.report.markdown import code, marked_figure, table_lines
from vlmhb.report.numbers import interval, seconds, short
from vlmhb.report.pivot import pivot_of
from vlmhb.report.pivot_lines import pivot_lines
from vlmhb.report.problems import Problem
from vlmhb.report.provenance import ModelEnv, env_cards, model_envs, other_sections
from vlmhb.report.text import shortened
from vlmhb.report.to_json import counts_of
from vlmhb.report.to_text import heading, headings

FACT_CHARS = 120
INHERITED_CHARS = 1000
DIGEST_CHARS = 12
REASON_CHARS = 500
"""Of a model that was not evaluated: enough for what is wrong, without its whole traceback."""
ERROR_CHARS = 160
NOTE_CHARS = 500
GROUP_ROWS = 60
"""More groups than a comment on a pull request should have."""


def results_md(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """GitHub-flavoured Markdown."""
    counts = counts_of(entries)
    lines = [
        f"## Results of {code(results.name)}",
        "",
        f"{counts['samples']} samples over all models: {counts['answered']} answered, "
        f"{counts['failed']} failed, {counts['not_answered']} not answered.",
        "",
    ]
    lines += pivot_lines(pivot_of(results, board))
    for table in board.tables:
        lines += [*_leaderboard_lines(table), ""]
    lines += _decision_lines(board.decisions)
    for heatmap in heatmaps(results, board, ["by_doc_type", *own_groupings(results)]):
        lines += [*_group_lines(heatmap), ""]
    lines += _problem_lines(board.problems)
    lines += _failure_lines(failures_of(entries), board.unavailable)
    lines += _unscored_lines(unscored_of(entries))
    lines += _provenance_lines(results)
    return "".join(f"{line}\n" for line in lines).encode()


def _leaderboard_lines(table: Table) -> Iterator[str]:
    yield f"### {code(table.task)}" + (f": {table.note}" if table.note else "")
    yield ""
    columns = headings(table, code)
    header = ["#", "model", *columns, "n", "documents", "failed", "unscored", "s/page (median)"]
    yield from table_lines(header, map(_leaderboard_row, table.rows))
    yield ""
    yield (
        "**Bold**: best. ≈: its 95 % interval overlaps the best one's. In brackets: 95 % bootstrap "
        "interval, by document. n: scored of all samples; figures leave failed and unscored "
        "samples out. Ranks go by the figure with failures, which counts failed ones as wrong."
    )
    if note := table.headline.note(code):
        yield note
    for metric, unit in table.units.items():
        yield f"{code(metric)} counts, instead of samples: {code(unit)}."
    for metric in table.judged:
        yield f"{code(metric)} has the verdicts of {code(table.judge)}."


def _leaderboard_row(row: Row) -> list[str]:
    primary = row.primary
    note = f" ({'; '.join(row.notes)})" if row.notes else ""
    sizes = [""] * 4
    if primary:
        sizes = [
            f"{primary.n_scored}/{primary.n_total}",
            str(primary.n_documents),
            str(primary.n_failed),
            str(primary.n_unscored),
        ]
    return [
        "" if row.rank is None else str(row.rank),
        code(row.model) + note,
        *(_figure(row, cell) for cell in row.cells),
        *sizes,
        seconds(row.page_s_p50),
    ]


def _figure(row: Row, cell: Cell | None) -> str:
    if cell is None:
        return short(None)
    summary, scale = cell.summary, cell.scale
    text = marked_figure(short(summary.value, scale), cell.mark)
    span = interval(summary.ci_low, summary.ci_high, scale)
    parts = (span, with_failures(summary, scale), row.own_counts(cell))
    notes = ", ".join(filter(None, parts))
    return f"{text} ({notes})" if notes else text


def _group_lines(heatmap: Heatmap) -> Iterator[str]:
    metric = heading(code(heatmap.metric), heatmap.direction, heatmap.scale)
    title = TITLES.get(heatmap.grouping) or code(heatmap.title)
    yield f"#### {code(heatmap.task)} {title}, {metric}"
    yield ""
    if len(heatmap.rows) > GROUP_ROWS:
        yield f"{len(heatmap.rows)} groups; they are in metrics.csv."
        return
    rows = (
        [
            code(row.title),
            str(row.n_total),
            *(_group_figure(cell, heatmap.scale) for cell in row.cells),
        ]
        for row in heatmap.rows
    )
    yield from table_lines(["group", "n", *map(code, heatmap.models)], rows)


def _group_figure(cell: HeatCell, scale: float) -> str:
    if cell.summary is None:
        return short(None)
    missing = losses(cell.summary, scale)
    return short(cell.summary.value, scale) + (f" ({missing})" if missing else "")


def _decision_lines(decisions: Sequence[Decision]) -> Iterator[str]:
    if decisions:
        yield "### Decisions"
        yield ""
        rows = (
            [code(one.model), one.state.words, code(shortened(one.note, NOTE_CHARS))]
            if one.note
            else [code(one.model), one.state.words, ""]
            for one in decisions
        )
        yield from table_lines(["model", "decision", "note"], rows)
        yield ""


def _problem_lines(problems: Sequence[Problem]) -> Iterator[str]:
    if problems:
        yield "### Figures that could not be made as asked"
        yield ""
        rows = (
            [code(problem.model), code(problem.task), code(problem.metric), code(problem.reason)]
            for problem in problems
        )
        yield from table_lines(["model", "task", "metric", "reason"], rows)
        yield ""


def _failure_lines(
    failures: Sequence[FailureCount], unavailable: Sequence[UnavailableModel]
) -> Iterator[str]:
    if failures:
        yield "### Samples without an answer"
        yield ""
        rows = (
            [
                code(failure.model),
                code(failure.task),
                code(failure.reason),
                str(failure.count),
                code(shortened(failure.example, ERROR_CHARS)) if failure.example else "",
            ]
            for failure in failures
        )
        yield from table_lines(["model", "task", "reason", "samples", "first error"], rows)
        yield ""
    if unavailable:
        yield "### Models that were not evaluated to the end"
        yield ""
        for model in unavailable:
            reason = shortened(model.reason, REASON_CHARS)
            yield f"- {code(model.model)} {model.state}: {code(reason)}"
            yield from (f"  - Run: {code(command)}" for command in model.commands)
        yield ""


def _unscored_lines(unscored: Sequence[NotScored]) -> Iterator[str]:
    if not unscored:
        return
    yield "### Samples that a metric does not judge"
    yield ""
    rows = (
        [code(each.model), code(each.task), code(each.metric), _reason(each), str(each.count)]
        for each in unscored[:GROUP_ROWS]
    )
    yield from table_lines(["model", "task", "metric", "reason", "samples"], rows)
    if len(unscored) > GROUP_ROWS:
        yield ""
        yield f"{len(unscored) - GROUP_ROWS} more reasons; they are in scores.csv."
    yield ""


def _reason(unscored: NotScored) -> str:
    return code(shortened(unscored.reason, ERROR_CHARS))


def _env_row(used: ModelEnv) -> list[str]:
    env = used.env
    lock = env.fact("lock_sha256")
    return [
        code(used.model),
        code(env.name) + ("" if env.locked else f" ({UNLOCKED})"),
        code(env.fingerprint[:DIGEST_CHARS]),
        code(env.fact("python")),
        code(lock[:DIGEST_CHARS]) if lock else "none",
        str(len(env.packages) + len(env.inherited)),
    ]


def _provenance_lines(results: Results) -> Iterator[str]:
    yield "<details><summary>Provenance</summary>"
    yield ""
    if used := model_envs(results):
        header = ["model", "env", "fingerprint", "python", "lock (sha256)", "packages"]
        yield from table_lines(header, map(_env_row, used))
        yield ""
    for card in env_cards(results):
        facts = ", ".join(
            f"{code(key)} {code(shortened(value, FACT_CHARS))}" for key, value in card.facts
        )
        yield f"- env {code(card.name)}: {facts}, {len(card.packages)} packages"
        if card.inherited:
            inherited = (f"{name} {version}" for name, version in card.inherited)
            yield f"  - inherited: {code(shortened(', '.join(inherited), INHERITED_CHARS))}"
    for title, facts_of_section in other_sections(results):
        for key, value in facts_of_section:
            name = f"{title}.{key}" if key else title
            yield f"- {code(name)}: {code(shortened(value, FACT_CHARS))}"
    yield ""
    yield "</details>"
