"""Models by tasks, as Markdown."""

from collections.abc import Iterator

from vlmhb.report.figures.leaderboard import Cell
from vlmhb.report.figures.pivot import Pivot, PivotColumn, PivotRow
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import short
from vlmhb.report.tables.bounded import Section
from vlmhb.report.tables.markdown import marked_figure, name, table_lines
from vlmhb.report.tables.to_text import heading

LEGEND = (
    "First metrics, with failed samples counted as wrong. **Bold**: best of a column. "
    "≈: its 95 % interval overlaps the best one's."
)


def pivot_sections(pivot: Pivot) -> Iterator[Section]:
    """A table, where there are tasks to compare."""
    if pivot.has_tasks_to_compare:
        header = ["model", *(_pivot_heading(column) for column in pivot.columns)]
        head, line, *rows = table_lines(header, (_pivot_row(row) for row in pivot.rows))
        heading = ("### Models by tasks", "", head, line)
        yield Section("models by tasks", heading, tuple(rows), ("", LEGEND, ""), "pivot.csv")


def _pivot_heading(column: PivotColumn) -> str:
    metric = heading(name(column.metric), column.direction, column.scale)
    return f"{name(column.task)} {metric}"


def _pivot_row(row: PivotRow) -> list[str]:
    note = f" ({'; '.join(row.notes)})" if row.notes else ""
    return [name(row.model) + note, *map(_pivot_figure, row.cells)]


def _pivot_figure(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return marked_figure(short(ranked_value(cell.summary), cell.scale), cell.mark)
