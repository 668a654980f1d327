"""The leaderboard for a terminal."""

from collections.abc import Iterator, Sequence

from vlmhb.domain.score import Direction
from vlmhb.report.leaderboard import Cell, Leaderboard, Row, Table
from vlmhb.report.losses import with_failures
from vlmhb.report.numbers import interval, seconds, short
from vlmhb.report.ranking import Mark
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
    for problem in board.problems:
        where = " of ".join(map(one_line, (problem.metric, problem.model)))
        lines += ["", f"{where} on {one_line(problem.task)}: {one_line(problem.reason)}"]
    for model in board.unavailable:
        lines += ["", f"{one_line(model.model)} {model.state}:"]
        lines += [f"    {line}" for line in visible(model.reason).splitlines()]
        lines += [f"    Run: {one_line(command)}" for command in model.commands]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def arrow(direction: Direction) -> str:
    """Which way is better."""
    return "↑" if direction is Direction.HIGHER else "↓"


def _table_lines(table: Table) -> Iterator[str]:
    head = ["", "model"]
    for metric, direction in zip(table.metrics, table.directions, strict=True):
        head.append(f"{one_line(metric)} {arrow(direction)}")
    grid = [[*head, *COUNTS, "s/page"], *(_cells(row) for row in table.rows)]
    widths = [max(width(row[column]) for row in grid) for column in range(len(grid[0]))]
    yield f"{one_line(table.task)}: {table.note}" if table.note else one_line(table.task)
    for cells in grid:
        yield "  ".join(_padded(cell, size) for cell, size in zip(cells, widths, strict=True))
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
    notes = ", ".join(filter(None, (with_failures(cell.summary), row.own_counts(cell))))
    beside = f" ({notes})" if notes else ""
    if cell.summary.value is None:
        return short(None) + beside
    span = interval(cell.summary.ci_low, cell.summary.ci_high)
    figure = f"{short(cell.summary.value)}{MARKS[cell.mark]}"
    return figure + (f" [{span}]" if span else "") + beside
