"""Quality against cost: which models nobody beats in both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.score import Direction
from vlmhb.report.charts.frame import full_name, name_label
from vlmhb.report.charts.pareto import Choice, Directions, frontier
from vlmhb.report.figures.costs import ModelCost
from vlmhb.report.figures.leaderboard import Row, Table
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import finite, short

GIB = float(1 << 30)
MIN_MODELS = 2
"""Fewer beat nobody, and are beaten by nobody."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that answering costs, or how fast it goes."""

    key: str
    title: str
    direction: Direction
    of: Callable[[ModelCost], float | None]
    missing: str
    """Why there is no chart where no model has the figure."""


def _gib(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else size_bytes / GIB


PAGES = Measure(
    "pages_per_s",
    "pages per second",
    Direction.HIGHER,
    lambda cost: cost.pages_per_s,
    "Pages per second were not measured.",
)
CARD_VRAM = Measure(
    "vram",
    "peak VRAM of the card, GiB",
    Direction.LOWER,
    lambda cost: _gib(cost.peak_vram_bytes),
    "Peak VRAM was not measured.",
)
OWN_VRAM = Measure(
    "vram",
    "peak VRAM, GiB",
    Direction.LOWER,
    lambda cost: _gib(cost.peak_process_vram_bytes),
    CARD_VRAM.missing,
)
ENERGY = Measure(
    "wh_per_page",
    "Wh per page",
    Direction.LOWER,
    lambda cost: cost.wh_per_page,
    "Energy was not measured.",
)
PRICE = Measure(
    "price_per_1k_pages",
    "price per 1,000 pages",
    Direction.LOWER,
    lambda cost: cost.price_per_1k_pages,
    "There is no price: nobody gave one with --price-per-hour, or the pages were not timed.",
)


def measures_of(costs: Sequence[ModelCost]) -> tuple[Measure, ...]:
    """What to compare by; memory is that of the models alone only where all of them know it."""
    on_cards = [cost for cost in costs if cost.peak_vram_bytes is not None]
    own = bool(on_cards) and all(cost.peak_process_vram_bytes is not None for cost in on_cards)
    return (PAGES, OWN_VRAM if own else CARD_VRAM, ENERGY, PRICE)


@dataclass(frozen=True, slots=True)
class CostFigure:
    """What one model costs, by one measure."""

    value: float | None
    """None: not measured."""
    on_frontier: bool
    """No other model is as good for as little, and better or cheaper."""


@dataclass(frozen=True, slots=True)
class CostRow:
    """One model of a task."""

    model: str
    quality: float
    """The figure that ranks it: failed samples count as wrong."""
    low: float | None
    """95 % interval of the quality; None where that counts failures, which intervals leave out."""
    high: float | None
    is_compared: bool
    """False for random weights, and where more samples are unscored than another model's."""
    figures: tuple[CostFigure, ...]
    """In the order of the measures."""


@dataclass(frozen=True, slots=True)
class CostTable:
    """The models of a task that have a quality, the best first."""

    task: str
    note: str
    metric: str
    direction: Direction
    scale: float
    measures: tuple[Measure, ...]
    rows: tuple[CostRow, ...]


def cost_tables(tables: Sequence[Table], costs: Sequence[ModelCost]) -> tuple[CostTable, ...]:
    """One per table of the leaderboard that has figures."""
    measures = measures_of(costs)
    by_model = {cost.model: cost for cost in costs}
    made = (_table(table, measures, by_model) for table in tables)
    return tuple(table for table in made if table.rows)


def _table(
    table: Table, measures: tuple[Measure, ...], costs: Mapping[str, ModelCost]
) -> CostTable:
    direction = table.directions[0]
    rows = [(row, quality) for row in table.rows if (quality := _quality(row)) is not None]
    on_frontier = [_frontier(rows, measure, direction, costs) for measure in measures]
    return CostTable(
        table.task,
        table.note,
        table.metrics[0],
        direction,
        table.scales[0],
        measures,
        tuple(
            CostRow(
                row.model,
                quality,
                *_interval(row, quality),
                _is_compared(row),
                tuple(
                    CostFigure(_cost(costs, row.model, measure), row.model in names)
                    for measure, names in zip(measures, on_frontier, strict=True)
                ),
            )
            for row, quality in rows
        ),
    )


def _frontier(
    rows: Sequence[tuple[Row, float]],
    measure: Measure,
    direction: Direction,
    costs: Mapping[str, ModelCost],
) -> frozenset[str]:
    choices = [
        Choice(row.model, cost, quality)
        for row, quality in rows
        if _is_compared(row) and (cost := _cost(costs, row.model, measure)) is not None
    ]
    if len(choices) < MIN_MODELS:
        return frozenset()
    best = frontier(choices, Directions(measure.direction, direction))
    return frozenset(choice.name for choice in best)


def _cost(costs: Mapping[str, ModelCost], model: str, measure: Measure) -> float | None:
    cost = costs.get(model)
    return None if cost is None else finite(measure.of(cost))


def _quality(row: Row) -> float | None:
    return finite(ranked_value(row.primary)) if row.primary else None


def _interval(row: Row, quality: float) -> tuple[float | None, float | None]:
    summary = row.primary
    if summary is None or finite(summary.value) != quality:
        return None, None
    low, high = finite(summary.ci_low), finite(summary.ci_high)
    return (None, None) if low is None or high is None else (low, high)


def _is_compared(row: Row) -> bool:
    return not row.mechanism_only and not row.no_rank


def told(row: CostRow, table: CostTable, figure: CostFigure, measure: Measure) -> str:
    """What a point of the chart says when it is pointed at."""
    quality = f"{name_label(table.metric)} {short(row.quality, table.scale)}"
    if row.low is not None:
        quality += f" ({short(row.low, table.scale)} to {short(row.high, table.scale)})"
    place = "on the frontier" if figure.on_frontier else "beaten by another model"
    if not row.is_compared:
        place = "not compared"
    return "\n".join(
        (full_name(row.model), quality, f"{measure.title} {amount(figure.value)}", place)
    )


def amount(value: float | None) -> str:
    """A cost in three significant digits; a dash when there is none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
