"""Models by tasks, as Markdown."""

from collections.abc import Iterator

from vlmhb.report.leaderboard import Cell
from vlmhb.report.markdown import code, marked_figure, table_lines
from vlmhb.report.numbers import short
from vlmhb.report.pivot import Pivot, PivotColumn, PivotRow
from vlmhb.report.ranking import ranked_value
from vlmhb.report.to_text import heading


def pivot_lines(pivot: Pivot) -> Iterator[str]:
    """A section with a table, where there are tasks to compare."""
    if pivot.has_tasks_to_compare:
        yield "### Models by tasks"
        yield ""
        header = ["model", *(_pivot_heading(column) for column in pivot.columns)]
        yield from table_lines(header, (_pivot_row(row) for row in pivot.rows))
        yield ""
        yield (
            "First metrics, with failed samples counted as wrong. **Bold**: best of a column. "
            "≈: its 95 % interval overlaps the best one's."
        )
        yield ""


def _pivot_heading(column: PivotColumn) -> str:
    metric = heading(code(column.metric), column.direction, column.scale)
    return f"{code(column.task)} {metric}"


def _pivot_row(row: PivotRow) -> list[str]:
    note = f" ({'; '.join(row.notes)})" if row.notes else ""
    return [code(row.model) + note, *map(_pivot_figure, row.cells)]


def _pivot_figure(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return marked_figure(short(ranked_value(cell.summary), cell.scale), cell.mark)
