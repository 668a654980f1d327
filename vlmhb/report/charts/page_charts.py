"""All charts of report.html, with what stands where there is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.report.charts.cost import CostTable, cost_tables
from vlmhb.report.charts.latency import MAX_MODELS, MIN_MEASURED, latency_sketches
from vlmhb.report.charts.over_time import (
    COURSES,
    MAX_WORKERS,
    MIN_READINGS,
    course_sketches,
    shown_workers,
)
from vlmhb.report.charts.palette import Look, looks_of
from vlmhb.report.charts.pareto_chart import pareto_sketch
from vlmhb.report.charts.picture import Picture, Sketch, pictures_of
from vlmhb.report.figures.costs import ModelCost, model_costs
from vlmhb.report.figures.leaderboard import Leaderboard
from vlmhb.report.figures.occupancy import Occupancy, occupancies
from vlmhb.report.figures.timing import ModelTiming, timings_of
from vlmhb.system.chart_drawer import ChartDrawer

MAX_TASKS = 12
"""The page must stay small; every task has its table."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Charts that belong together."""

    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]
    """A sentence for each chart that is not there."""


@dataclass(frozen=True, slots=True)
class PageCharts:
    """What the sections on cost, latency and resources show."""

    looks: Mapping[str, Look]
    """By model, of those that are in a chart."""
    costs: tuple[ModelCost, ...]
    """Of the models that were measured."""
    cost: tuple[tuple[CostTable, Shown], ...]
    latency: Shown
    timings: tuple[ModelTiming, ...]
    over_time: Shown
    occupancies: tuple[Occupancy, ...]
    gpu_problems: tuple[tuple[str, str], ...]
    """(model, why its card was no longer asked)."""


class Drawing:
    """The charts of a page while they are drawn, all by one process.

    Example:
        drawing = Drawing(results, board, drawer)
        ...  # whatever else there is to do
        charts = drawing.charts()
    """

    def __init__(self, results: Results, board: Leaderboard, drawer: ChartDrawer) -> None:
        """The drawer begins."""
        self._results = results
        self._drawer = drawer
        self._costs = tuple(cost for cost in model_costs(results) if cost.answering_s is not None)
        self._timings = timings_of(results)
        self._tables = cost_tables(board.tables, self._costs) if self._costs else ()
        self._sketches = sketches_of(results, self._tables, self._timings)
        drawer.take([sketch.spec for sketch in self._sketches.values()])

    def charts(self) -> PageCharts:
        """All of them, once they are there."""
        results, costs, timings = self._results, self._costs, self._timings
        pictures = pictures_of(self._sketches, self._drawer.drawn())
        shown = {cost.model for cost in costs} | {timing.model for timing in timings}
        looks = looks_of([model.name for model in results.models])
        return PageCharts(
            looks={name: look for name, look in looks.items() if name in shown} if pictures else {},
            costs=costs,
            cost=tuple(
                (table, _of(pictures, f"cost {number} ", _missing(table, number, pictures)))
                for number, table in enumerate(self._tables)
            ),
            latency=_of(pictures, "latency ", _untimed(timings)),
            timings=timings,
            over_time=_of(pictures, "course ", _unread(results, pictures)),
            occupancies=occupancies(results.telemetry),
            gpu_problems=tuple(
                dict.fromkeys(
                    (worker.model, worker.totals.gpu_problem)
                    for worker in results.telemetry
                    if worker.totals.gpu_problem
                )
            ),
        )


def sketches_of(
    results: Results, tables: Sequence[CostTable], timings: Sequence[ModelTiming]
) -> dict[str, Sketch]:
    """All charts that there is something to draw for, by section and what they show."""
    looks = looks_of([model.name for model in results.models])
    pareto = {
        f"cost {number} {measure.key}": sketch
        for number, table in enumerate(tables[:MAX_TASKS])
        for place, measure in enumerate(table.measures)
        if (sketch := pareto_sketch(table, place, looks))
    }
    workers = shown_workers(results.telemetry)
    return {
        **pareto,
        **_under("latency", latency_sketches(timings, looks)),
        **_under("course", course_sketches(workers, looks)),
    }


def _under(name: str, sketches: Mapping[str, Sketch]) -> dict[str, Sketch]:
    return {f"{name} {key}": sketch for key, sketch in sketches.items()}


def _of(pictures: Mapping[str, Picture], prefix: str, notes: Iterable[str]) -> Shown:
    found = tuple(picture for key, picture in pictures.items() if key.startswith(prefix))
    return Shown(found, tuple(notes))


def _missing(table: CostTable, number: int, pictures: Mapping[str, Picture]) -> list[str]:
    """Why measures of a task have no chart."""
    if number >= MAX_TASKS:
        return [f"Charts are drawn for the first {MAX_TASKS} tasks."]
    notes: list[str] = []
    unranked: list[str] = []
    alone: list[str] = []
    for place, measure in enumerate(table.measures):
        if f"cost {number} {measure.key}" in pictures:
            continue
        measured = [row for row in table.rows if row.figures[place].value is not None]
        compared = [row for row in measured if row.is_compared]
        if not measured:
            notes.append(measure.missing)
        elif len(compared) < len(measured):
            unranked.append(measure.title)
        else:
            alone.append(measure.title)
    if unranked:
        notes.append(f"Fewer than two ranked models have {' · '.join(unranked)}.")
    if alone:
        notes.append(f"One model alone has {' · '.join(alone)}: there is nothing to compare.")
    return notes


def _untimed(timings: Sequence[ModelTiming]) -> list[str]:
    notes = []
    if not any(timing.first_token for timing in timings):
        notes.append("The time to the first token was not measured.")
    if not any(timing.load for timing in timings):
        notes.append("Loading was not measured.")
    if timings and not any(timing.n_timed >= MIN_MEASURED for timing in timings):
        notes.append(f"Charts are drawn of models with {MIN_MEASURED} timed answers or more.")
    if len(timings) > MAX_MODELS:
        notes.append(f"Charts show the first {MAX_MODELS} models.")
    return notes


def _unread(results: Results, pictures: Mapping[str, Picture]) -> list[str]:
    workers = results.telemetry
    if not workers:
        return ["Nothing was measured while the models of this run answered."]
    living = [worker for worker in workers if len(worker.readings) >= MIN_READINGS]
    if not living:
        return [f"No worker lived long enough for {MIN_READINGS} readings."]
    missing = [course.title for course in COURSES if f"course {course.key}" not in pictures]
    notes = [f"Not measured: {', '.join(missing)}."] if missing else []
    if len(living) > MAX_WORKERS:
        notes.append(f"Charts show the {MAX_WORKERS} workers that lived the longest.")
    return notes
