"""Which model did best on which task, and which differences may be chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.decision import Decision, last_decisions
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction, MetricSummary
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.catalog import find
from vlmhb.metrics.judge.judging import JudgedMetric
from vlmhb.report.figures.failures import UnavailableModel, unavailable_of
from vlmhb.report.figures.headline import Headline, headline_of
from vlmhb.report.figures.problems import Problem, problems_of
from vlmhb.report.figures.ranking import Mark, comparable, marked, ordered
from vlmhb.report.figures.summary_row import scale_of
from vlmhb.report.figures.timing import timings_of

MECHANISM = "mechanism, not quality"
UNLOCKED = "unlocked"
INCOMPLETE = "incomplete: not every sample was asked"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure."""

    summary: MetricSummary
    mark: Mark
    scale: float = 1.0
    """What it is shown times."""


@dataclass(frozen=True, slots=True)
class Row:
    """One model on one task."""

    model: str
    mechanism_only: bool
    """Its figures show that the machinery works; it has no rank and is never the best."""
    locked: bool
    """False when its env was not built from a lock, so that nobody can build the same again."""
    rank: int | None
    cells: tuple[Cell | None, ...]
    """One per metric of the table; None where the metric was not computed for this model."""
    page_s_p50: float | None
    """Median seconds per page over all tasks; None when not measured."""
    no_rank: str = ""
    """Why a model that has figures is not ranked."""
    imported: bool = False
    """Its answers were made elsewhere; it has no env that could be locked."""
    decision: Decision | None = None
    """What was decided about it last; None where nothing was."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of its figures has to know."""
        said = {
            MECHANISM: self.mechanism_only,
            IMPORTED: self.imported,
            UNLOCKED: not (self.locked or self.imported),
        }
        held = tuple(note for note, holds in said.items() if holds)
        others = (self.no_rank, self.decision.state.words if self.decision else "")
        return (*held, *filter(None, others))

    @property
    def primary(self) -> MetricSummary | None:
        """The figure the table is sorted by."""
        return self.cells[0].summary if self.cells[0] else None

    def own_counts(self, cell: Cell) -> str:
        """`n 3/4` for a figure that is not over the same number of samples as the first one."""
        counts, first = _counts(cell.summary), self.primary
        if first is not None and counts == _counts(first):
            return ""
        return f"n {cell.summary.n_scored}/{cell.summary.n_total}"


@dataclass(frozen=True, slots=True)
class Table:
    """The models that are judged by the same first metric on one task, best first."""

    task: str
    answers: tuple[AnswerKind, ...]
    """What the answers of these models hold."""
    metrics: tuple[str, ...]
    directions: tuple[Direction, ...]
    scales: tuple[float, ...]
    """What the figures of each metric are shown times."""
    rows: tuple[Row, ...]
    headline: Headline
    """What the figures are over."""
    judge: str = ""
    """The model whose verdicts count, where anybody's do."""
    judged: tuple[str, ...] = ()
    """The metrics that its verdicts are in."""

    @property
    def note(self) -> str:
        """Which models are compared, where a task has more than one table or could have."""
        match self.answers:
            case (AnswerKind.PAGE_TEXT,):
                return "engines that return the page's text"
            case (AnswerKind.REPLY,):
                return "models that reply to the prompt"
            case _:
                return ""

    @property
    def units(self) -> dict[str, str]:
        """What a metric judges as one, by metric, where that is no sample."""
        return {c.summary.metric: c.summary.unit for c in self.cells if c.summary.unit != "sample"}

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All that have a figure or counts, row by row."""
        return tuple(cell for row in self.rows for cell in row.cells if cell)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The summary of a run."""

    tables: tuple[Table, ...]
    unavailable: tuple[UnavailableModel, ...]
    problems: tuple[Problem, ...] = ()
    decisions: tuple[Decision, ...] = ()
    """The last one about each model that has one, in the order of the run file."""


def leaderboard(results: Results) -> Leaderboard:
    """One table per task and first metric, in the order of the run file.

    Rows are ordered by `value_failed_as_wrong`, so that pages without an answer count, too.
    """
    metrics = _metrics_by_table(results)
    return Leaderboard(
        tables=tuple(
            _table(results, task, tuple(names), models)
            for (task, _), (names, models) in metrics.items()
        ),
        unavailable=unavailable_of(results),
        problems=problems_of(results),
        decisions=_decisions(results),
    )


def _decisions(results: Results) -> tuple[Decision, ...]:
    decided = last_decisions(results.decisions)
    return tuple(decided[model.name] for model in results.models if model.name in decided)


def _counts(summary: MetricSummary) -> tuple[int, int, int]:
    return summary.n_scored, summary.n_failed, summary.n_unscored


def _metrics_by_table(results: Results) -> dict[tuple[str, str], tuple[list[str], list[str]]]:
    """(task, first metric) -> (metrics, models), of the models that have something to show."""
    tasks = {loaded.task.name: loaded.task for loaded in results.tasks}
    tables: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for evaluation in results.plan.evaluations:
        answered = any(request_id in results.outcomes for _, request_id in evaluation.requests)
        if evaluation.model in results.unavailable and not answered:
            continue
        wanted = tasks[evaluation.task].metrics.get(evaluation.answers, ())
        if not wanted:
            continue
        metrics, models = tables.setdefault((evaluation.task, wanted[0]), ([], []))
        metrics.extend(name for name in wanted if name not in metrics)
        models.append(evaluation.model)
    return tables


def _table(results: Results, task: str, metrics: tuple[str, ...], models: list[str]) -> Table:
    headline = headline_of(results, task)
    scales = tuple(scale_of(results, task, metric) for metric in metrics)
    summaries = {
        (summary.model, summary.metric): summary
        for summary in results.summaries
        if summary.task == task and summary.grouping == headline.grouping
    }
    mechanism = {model.name for model in results.models if model.mechanism_only}
    imported = {model.name for model in results.models if model.backend == IMPORTED}
    decided = last_decisions(results.decisions)
    page_s = {timing.model: timing.page_s_p50 for timing in timings_of(results)}
    judged = [name for name in models if name not in mechanism]
    partial = {name: INCOMPLETE for name in judged if name in results.unavailable}
    columns = [
        marked({name: summaries.get((name, metric)) for name in judged if name not in partial})
        for metric in metrics
    ]
    first = {name: summaries.get((name, metrics[0])) for name in judged if name not in partial}
    _, held_back = comparable(first)
    rows = [
        Row(
            model=name,
            mechanism_only=rank is None and name in mechanism,
            locked=name not in results.unlocked,
            rank=rank,
            cells=tuple(
                Cell(summary, column.get(name, Mark.NONE), scale)
                if (summary := summaries.get((name, metric)))
                else None
                for metric, column, scale in zip(metrics, columns, scales, strict=True)
            ),
            page_s_p50=page_s.get(name),
            no_rank=partial.get(name) or held_back.get(name, ""),
            imported=name in imported,
            decision=decided.get(name),
        )
        for name, rank in [
            *ordered(first),
            *((name, None) for name in partial),
            *((name, None) for name in models if name in mechanism),
        ]
    ]
    judge = _judge_of(results)
    kinds = {model.answers for model in results.models if model.name in models}
    return Table(
        task=task,
        answers=tuple(kind for kind in AnswerKind if kind in kinds),
        metrics=metrics,
        directions=_directions(results, metrics),
        scales=scales,
        rows=tuple(rows),
        headline=headline,
        judge=judge,
        judged=tuple(name for name in metrics if judge and isinstance(find(name), JudgedMetric)),
    )


def _judge_of(results: Results) -> str:
    facts = results.provenance.get("judge")
    return str(facts["model"]) if isinstance(facts, Mapping) else ""


def directions_of(results: Results) -> dict[str, Direction]:
    """Metric name -> which way is better."""
    return {summary.metric: summary.direction for summary in results.summaries}


def _directions(results: Results, metrics: Sequence[str]) -> tuple[Direction, ...]:
    known = directions_of(results)
    return tuple(known.get(name, Direction.HIGHER) for name in metrics)
