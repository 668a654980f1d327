"""What each model took of the machine, per page and in all; None is not measured, never zero."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals, all_of, highest


@dataclass(frozen=True, slots=True)
class ModelCost:
    """One model of a run, all its workers together.

    Figures of a GPU are those of the whole card: what others computed there is in them.
    """

    model: str
    n_pages: int
    """Pages of the requests that its measured workers answered; a page asked about twice is two.
    0 for a model that was not measured."""
    pages_per_s: float | None
    """Those pages per second of `answering_s`."""
    build_s: float | None
    """Seconds for building its env, once, be it in an earlier run; models share envs."""
    fetch_s: float | None
    """Seconds for fetching its weights, in all starts of the run; next to nothing when they were
    there. None for a model that brings its own."""
    load_s: float | None
    """Seconds for loading, of all its starts."""
    answering_s: float | None
    """Seconds of wall time in which a worker owed answers, failed ones included."""
    peak_vram_bytes: int | None
    """The most memory in use on its card, by everybody."""
    peak_process_vram_bytes: int | None
    """The most memory its own processes had on the card; most containers do not tell."""
    mean_utilisation: float | None
    """Share of the answering time in which the card computed, in [0, 1]."""
    mean_power_w: float | None
    """Watts of the card while answering."""
    energy_wh: float | None
    """Watt-hours of the card from the starts of its workers to their ends, loading included; the
    host's CPU and memory are not in it."""
    wh_per_page: float | None
    """Watt-hours of the card while answering, per page."""
    price_per_1k_pages: float | None
    """The run's price per hour times the hours of answering, per 1,000 pages; in its currency."""
    peak_rss_bytes: int | None
    """The most resident memory its processes had, pages they share counted in each."""
    cpu_s: float | None
    """CPU seconds of all its processes, loading included."""
    max_temperature_c: int | None
    """Degrees Celsius of the card."""
    throttling: tuple[str, ...] | None
    """Why the card was slower than it can be, sorted; empty when it never was."""


def model_costs(results: Results) -> tuple[ModelCost, ...]:
    """One per model, in the order of the run file; all None for a model that was not measured."""
    return tuple(
        _cost(
            model.name,
            [worker for worker in results.telemetry if worker.model == model.name],
            results.price_per_hour,
        )
        for model in results.models
    )


def _cost(model: str, workers: Sequence[WorkerTelemetry], price: float | None) -> ModelCost:
    lives = [worker.totals for worker in workers]
    n_pages = sum(life.n_pages for life in lives)
    answering_s = sum(life.answering_s for life in lives) if lives else None
    return ModelCost(
        model=model,
        n_pages=n_pages,
        pages_per_s=n_pages / answering_s if n_pages and answering_s else None,
        build_s=highest(worker.build_s for worker in workers),
        fetch_s=_sum(_fetches(workers)),
        load_s=_sum(life.load_s for life in lives),
        answering_s=answering_s,
        peak_vram_bytes=highest(life.peak_vram_bytes for life in lives),
        peak_process_vram_bytes=highest(life.peak_process_vram_bytes for life in lives),
        mean_utilisation=_mean(lives, lambda life: life.mean_utilisation),
        mean_power_w=_mean(lives, lambda life: life.mean_power_w),
        energy_wh=_energy_wh(lives),
        wh_per_page=_wh_per_page(lives),
        price_per_1k_pages=_price(price, answering_s, n_pages),
        peak_rss_bytes=highest(life.peak_rss_bytes for life in lives),
        cpu_s=_sum(life.cpu_s for life in lives),
        max_temperature_c=highest(life.max_temperature_c for life in lives),
        throttling=all_of(life.throttling for life in lives),
    )


def _fetches(workers: Iterable[WorkerTelemetry]) -> Iterable[float | None]:
    """Once per start of the run: its workers share what was fetched."""
    return {worker.segment: worker.fetch_s for worker in workers}.values()


def _sum(figures: Iterable[float | None]) -> float | None:
    told = [figure for figure in figures if figure is not None]
    return sum(told) if told else None


def _mean(
    lives: Iterable[WorkerTotals], figure: Callable[[WorkerTotals], float | None]
) -> float | None:
    """Over the time of answering."""
    told = [(value, life.answering_s) for life in lives if (value := figure(life)) is not None]
    answering_s = sum(seconds for _, seconds in told)
    return sum(value * seconds for value, seconds in told) / answering_s if answering_s else None


def _energy_wh(lives: Sequence[WorkerTotals]) -> float | None:
    """Of all of them; None when that of one that answered is not known."""
    if any(life.energy_wh is None for life in lives if life.n_answers):
        return None
    return _sum(life.energy_wh for life in lives)


def _wh_per_page(lives: Iterable[WorkerTotals]) -> float | None:
    told = [
        (life.answering_energy_wh, life.n_pages)
        for life in lives
        if life.answering_energy_wh is not None
    ]
    n_pages = sum(pages for _, pages in told)
    return sum(energy for energy, _ in told) / n_pages if n_pages else None


def _price(price: float | None, answering_s: float | None, n_pages: int) -> float | None:
    if price is None or answering_s is None or not n_pages:
        return None
    return price * answering_s / 3600 / n_pages * 1000
