"""The leaderboard for a terminal."""

from collections.abc import Callable, Iterator, Sequence

from vlmhb.domain.score import Direction
from vlmhb.report.figures.leaderboard import Cell, Leaderboard, Row, Table
from vlmhb.report.figures.losses import losses, with_failures
from vlmhb.report.figures.ranking import Mark
from vlmhb.report.numbers import interval, seconds, short, times
from vlmhb.report.text import one_line, visible, width

MARKS = {Mark.BEST: " *", Mark.TIED: " ~", Mark.NONE: "  "}
LEGEND = (
    "* best   ~ overlaps the best one's 95 % interval   [..] 95 % interval by document",
    "n: scored of all samples; figures leave failed and unscored ones out, ranks go by the figure "
    "with failures, which counts failed ones as wrong",
)
COUNTS = ("n", "failed", "unscored")


def render_text(board: Leaderboard) -> str:
    """Aligned plain text, free of control characters, with a line feed at its end."""
    lines = [line for table in board.tables for line in (*_table_lines(table), "")]
    if board.tables:
        lines += LEGEND
    if any(losses(cell.summary) for table in board.tables for cell in table.cells):
        lines.append("why samples failed or are unscored: results.json, by model, task and metric")
    for problem in board.problems:
        where = " of ".join(map(one_line, (problem.metric, problem.model)))
        lines += ["", f"{where} on {one_line(problem.task)}: {one_line(problem.reason)}"]
    if board.decisions:
        lines.append("")
    for decision in board.decisions:
        note = f": {one_line(decision.note)}" if decision.note else ""
        lines.append(f"{one_line(decision.model)}: {decision.state.words}{note}")
    for model in board.unavailable:
        lines += ["", f"{one_line(model.model)} {model.state}:"]
        lines += [f"    {line}" for line in visible(model.reason).splitlines()]
        lines += [f"    Run: {one_line(command)}" for command in model.commands]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def arrow(direction: Direction) -> str:
    """Which way is better."""
    return "↑" if direction is Direction.HIGHER else "↓"


def heading(metric: str, direction: Direction, scale: float) -> str:
    """A column's heading: what it has, which way is better, and what it is shown times."""
    return " ".join(filter(None, (metric, arrow(direction), times(scale))))


def headings(table: Table, name: Callable[[str], str]) -> list[str]:
    """Those of the metrics; `name` writes them safely."""
    columns = zip(table.metrics, table.directions, table.scales, strict=True)
    return [heading(name(metric), direction, scale) for metric, direction, scale in columns]


def _table_lines(table: Table) -> Iterator[str]:
    head = ["", "model", *headings(table, one_line)]
    grid = [[*head, *COUNTS, "s/page"], *(_cells(row) for row in table.rows)]
    widths = [max(width(row[column]) for row in grid) for column in range(len(grid[0]))]
    yield f"{one_line(table.task)}: {table.note}" if table.note else one_line(table.task)
    for cells in grid:
        yield "  ".join(_padded(cell, size) for cell, size in zip(cells, widths, strict=True))
    if note := table.headline.note(one_line):
        yield note
    for metric, unit in table.units.items():
        yield f"{one_line(metric)} counts, instead of samples: {one_line(unit)}"
    for metric in table.judged:
        yield f"{one_line(metric)} has the verdicts of {one_line(table.judge)}"


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - width(cell))


def _cells(row: Row) -> Sequence[str]:
    name = one_line(row.model)
    primary = row.primary
    return [
        "" if row.rank is None else f"{row.rank}.",
        f"{name} ({'; '.join(row.notes)})" if row.notes else name,
        *(_figure(row, cell) for cell in row.cells),
        f"{primary.n_scored}/{primary.n_total}" if primary else "",
        str(primary.n_failed) if primary else "",
        str(primary.n_unscored) if primary else "",
        seconds(row.page_s_p50),
    ]


def _figure(row: Row, cell: Cell | None) -> str:
    if cell is None:
        return short(None)
    summary, scale = cell.summary, cell.scale
    notes = ", ".join(filter(None, (with_failures(summary, scale), row.own_counts(cell))))
    beside = f" ({notes})" if notes else ""
    if summary.value is None:
        return short(None) + beside
    span = interval(summary.ci_low, summary.ci_high, scale)
    figure = f"{short(summary.value, scale)}{MARKS[cell.mark]}"
    return figure + (f" [{span}]" if span else "") + beside
