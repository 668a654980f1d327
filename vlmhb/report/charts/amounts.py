"""What a model took of the machine, as the cells of a table."""

from dataclasses import dataclass

from vlmhb.report.charts.cost import GIB, amount
from vlmhb.report.figures.costs import ModelCost
from vlmhb.report.numbers import NOT_MEASURED, finite, seconds


@dataclass(frozen=True, slots=True)
class Amount:
    """One cell."""

    text: str
    value: float | None
    """What the column is sorted by; None: not measured."""
    more: tuple[str, ...] = ()
    """What belongs to it, each on a line of its own below."""


COLUMNS = (
    "Pages",
    "Answering",
    "Loading",
    "Peak VRAM",
    "GPU utilisation",
    "GPU power",
    "GPU temperature",
    "CPU time",
    "Peak memory",
)


def amounts_of(cost: ModelCost) -> tuple[Amount, ...]:
    """In the order of `COLUMNS`."""
    busy = None if cost.mean_utilisation is None else cost.mean_utilisation * 100
    return (
        Amount(f"{cost.n_pages:,}", cost.n_pages),
        _seconds(cost.answering_s),
        _seconds(cost.load_s, _also("env", cost.build_s), _also("weights", cost.fetch_s)),
        _gib(cost.peak_vram_bytes, _own_vram(cost)),
        _with_unit(busy, " %"),
        _with_unit(cost.mean_power_w, " W", _energy(cost)),
        _with_unit(cost.max_temperature_c, " °C", _throttling(cost)),
        _seconds(cost.cpu_s),
        _gib(cost.peak_rss_bytes),
    )


def _seconds(value: float | None, *more: str) -> Amount:
    return Amount(seconds(value), value, tuple(filter(None, more)))


def _also(what: str, value: float | None) -> str:
    """A model may bring its own weights, and then nothing is missing."""
    return "" if value is None else f"{what} {seconds(value)}"


def _gib(size_bytes: int | None, *more: str) -> Amount:
    text = NOT_MEASURED if size_bytes is None else f"{size_bytes / GIB:.2f} GiB"
    return Amount(text, size_bytes, tuple(filter(None, more)))


def _own_vram(cost: ModelCost) -> str:
    if cost.peak_vram_bytes is None:
        return ""
    own = cost.peak_process_vram_bytes
    return f"own {NOT_MEASURED}" if own is None else f"own {own / GIB:.2f} GiB"


def _with_unit(value: float | None, unit: str, *more: str) -> Amount:
    known = finite(value)
    text = NOT_MEASURED if known is None else f"{amount(known)}{unit}"
    return Amount(text, known, tuple(filter(None, more)))


def _energy(cost: ModelCost) -> str:
    return "" if cost.energy_wh is None else f"in all {amount(cost.energy_wh)} Wh"


def _throttling(cost: ModelCost) -> str:
    if cost.throttling is None:
        return ""
    return f"slowed down: {', '.join(cost.throttling) or 'never'}"
