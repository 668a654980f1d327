"""Models by tasks: one figure for each, to see at a glance who is good at what."""

from dataclasses import dataclass

from vlmhb.domain.decision import Decision, last_decisions
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction
from vlmhb.report.figures.leaderboard import Cell, Leaderboard, Row
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import scaled


@dataclass(frozen=True, slots=True)
class PivotColumn:
    """A table of the leaderboard: a task, and the first metric of the models it compares."""

    task: str
    metric: str
    direction: Direction
    scale: float

    @property
    def title(self) -> str:
        """Task and metric: a task has a column for each first metric that models are judged by."""
        return f"{self.task} {self.metric}"


@dataclass(frozen=True, slots=True)
class PivotRow:
    """One model."""

    model: str
    notes: tuple[str, ...]
    """What a reader of its figures has to know, of all its tables; the decision among it."""
    cells: tuple[Cell | None, ...]
    """One per column; None where the model was not judged by that metric on that task."""
    decision: Decision | None = None

    @property
    def figures(self) -> tuple[float | None, ...]:
        """As the tasks' references print them, with failed samples counted as wrong."""
        return tuple(
            scaled(ranked_value(cell.summary), cell.scale) if cell else None for cell in self.cells
        )


@dataclass(frozen=True, slots=True)
class Pivot:
    """All of it."""

    columns: tuple[PivotColumn, ...]
    rows: tuple[PivotRow, ...]
    """In the order of the run file, as no order is fair to all tasks."""

    @property
    def has_tasks_to_compare(self) -> bool:
        """Whether it says more than the leaderboard of the only task."""
        return len({column.task for column in self.columns}) > 1


def pivot_of(results: Results, board: Leaderboard) -> Pivot:
    """The first figures of the leaderboard's tables, each with the mark it has there."""
    rows = [{row.model: row for row in table.rows} for table in board.tables]
    decided = last_decisions(results.decisions)
    return Pivot(
        columns=tuple(
            PivotColumn(table.task, table.metrics[0], table.directions[0], table.scales[0])
            for table in board.tables
        ),
        rows=tuple(
            _row(model.name, [table.get(model.name) for table in rows], decided.get(model.name))
            for model in results.models
            if any(model.name in table for table in rows)
        ),
    )


def _row(model: str, found: list[Row | None], decision: Decision | None) -> PivotRow:
    notes = (note for row in found if row for note in row.notes)
    return PivotRow(
        model,
        tuple(dict.fromkeys(notes)),
        tuple(row.cells[0] if row else None for row in found),
        decision,
    )
