"""What models took of the machine as a table for people: the same columns in every document."""

from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.report.figures.costs import ModelCost, model_costs
from vlmhb.report.numbers import NOT_MEASURED, short

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class CostCell:
    """One figure of one model."""

    title: str
    unit: str
    """Empty for texts and for what is counted."""
    value: float | int | str | None
    """In that unit; None when it was not measured."""

    @property
    def text(self) -> str:
        """The figure shortly, without its unit; words where there is none."""
        if self.value is None:
            return NOT_MEASURED
        if isinstance(self.value, str):
            return self.value
        return str(self.value) if isinstance(self.value, int) else short(self.value)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One model."""

    model: str
    cells: tuple[CostCell, ...]
    """With the same titles and units in every line of a table."""


def cost_table(results: Results) -> tuple[CostLine, ...]:
    """A line per measured model, in the order of the run file; none for a run without telemetry.

    There is a price only where somebody said what an hour costs.
    """
    measured = {worker.model for worker in results.telemetry}
    return tuple(
        CostLine(cost.model, _cells(cost, with_price=results.price_per_hour is not None))
        for cost in model_costs(results)
        if cost.model in measured
    )


def cost_words(cost: ModelCost) -> str:
    """The figures per page in a few words, as far as they were measured; empty without any."""
    told = (
        (cost.pages_per_s, "pages/s"),
        (cost.wh_per_page, "Wh per page"),
        (cost.price_per_1k_pages, "per 1,000 pages"),
    )
    return ", ".join(f"{short(value)} {unit}" for value, unit in told if value is not None)


def _cells(cost: ModelCost, *, with_price: bool) -> tuple[CostCell, ...]:
    price = CostCell("price per 1,000 pages", "", cost.price_per_1k_pages)
    return (
        CostCell("pages", "", cost.n_pages),
        CostCell("pages per second", "1/s", cost.pages_per_s),
        *((price,) if with_price else ()),
        CostCell("energy per page", "Wh", cost.wh_per_page),
        CostCell("energy", "Wh", cost.energy_wh),
        CostCell("mean power", "W", cost.mean_power_w),
        CostCell("GPU utilisation", "%", _times(cost.mean_utilisation, 100)),
        CostCell("peak VRAM of the card", "GiB", _times(cost.peak_vram_bytes, 1 / GIB)),
        CostCell("peak VRAM of the model", "GiB", _times(cost.peak_process_vram_bytes, 1 / GIB)),
        CostCell("highest temperature", "°C", cost.max_temperature_c),
        CostCell("throttling", "", _reasons(cost.throttling)),
        CostCell("peak host memory", "GiB", _times(cost.peak_rss_bytes, 1 / GIB)),
        CostCell("CPU time", "s", cost.cpu_s),
        CostCell("answering", "s", cost.answering_s),
        CostCell("loading", "s", cost.load_s),
        CostCell("fetching weights", "s", cost.fetch_s),
        CostCell("building the env", "s", cost.build_s),
    )


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _reasons(throttling: tuple[str, ...] | None) -> str | None:
    if throttling is None:
        return None
    return ", ".join(reason.replace("_", " ") for reason in throttling) or "none"
