"""Results of a run that was measured, for the charts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vlmhb.domain.results import Results
from vlmhb.domain.telemetry import Reading, WorkerTelemetry, WorkerTotals

GIB = 1 << 30
FIGURES: Mapping[str, tuple[int, float, float]] = {
    "tesseract-psm4": (40, 0.0, 0.0),
    "rapidocr-3.10": (120, 0.0, 0.0),
    "reader-vl-3b": (200, 8.0, 180.0),
    "chatty-vl-7b": (80, 17.0, 310.0),
    "tiny-random-llava": (400, 1.0, 60.0),
}
"""Pages, GiB of VRAM and watts in 100 seconds of answering; no card where there is no memory."""


def worker(model: str, **totals: Any) -> WorkerTelemetry:
    n_pages, vram_gib, power_w = FIGURES.get(model, (100, 4.0, 100.0))
    on_card = bool(vram_gib)
    vram_bytes = int(vram_gib * GIB) if on_card else None
    readings = tuple(
        Reading(
            at_s=at_s,
            over_s=1.0,
            vram_bytes=vram_bytes,
            utilisation=0.8 if on_card else None,
            power_w=power_w if on_card else None,
            cpu_cores=1.5,
            rss_bytes=GIB,
        )
        for at_s in (1.0, 2.0, 30.0, 60.0, 90.0, 110.0)
    )
    measured = WorkerTotals(
        alive_s=110.0,
        load_s=10.0,
        answering_s=100.0,
        n_answers=n_pages,
        n_pages=n_pages,
        cpu_s=165.0,
        peak_rss_bytes=GIB,
        peak_vram_bytes=vram_bytes,
        mean_utilisation=0.8 if on_card else None,
        mean_power_w=power_w if on_card else None,
        energy_wh=power_w * 110 / 3600 if on_card else None,
        answering_energy_wh=power_w * 100 / 3600 if on_card else None,
        energy_source="power" if on_card else "",
    )
    return WorkerTelemetry(
        model,
        segment=0,
        start=0,
        gpu="GPU-0" if on_card else "",
        build_s=1.0,
        totals=replace(measured, **totals),
        readings=readings,
    )


def measured(results: Results, price_per_hour: float | None = 2.0) -> Results:
    """The same run with a worker for each model that answered."""
    models = [model.name for model in results.models if model.name not in results.unavailable]
    telemetry = tuple(worker(model) for model in models)
    return replace(results, telemetry=telemetry, price_per_hour=price_per_hour)
