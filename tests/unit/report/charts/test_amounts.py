from dataclasses import replace

from tests.unit.report.charts.models import GIB, worker
from vlmhb.domain.results import Results
from vlmhb.report.charts.amounts import COLUMNS, Amount, amounts_of
from vlmhb.report.figures.costs import ModelCost, model_costs


def cost_of(results: Results, model: str, **totals: object) -> ModelCost:
    run = replace(results, telemetry=(worker(model, **totals),))
    return next(cost for cost in model_costs(run) if cost.model == model)


def cells(cost: ModelCost) -> dict[str, Amount]:
    return dict(zip(COLUMNS, amounts_of(cost), strict=True))


def test_every_column_has_its_figure(results: Results):
    card = {"throttling": ("power_cap",), "max_temperature_c": 71, "peak_process_vram_bytes": GIB}

    shown = cells(cost_of(results, "reader-vl-3b", **card))

    assert Amount("100.00 s", 100.0) == shown["Answering"]
    assert Amount("10.00 s", 10.0, ("env 1.00 s",)) == shown["Loading"]
    assert Amount("8.00 GiB", 8 * GIB, ("own 1.00 GiB",)) == shown["Peak VRAM"]
    assert Amount("80 %", 80.0) == shown["GPU utilisation"]
    assert Amount("180 W", 180.0, ("in all 5.5 Wh",)) == shown["GPU power"]
    assert Amount("71 °C", 71.0, ("slowed down: power_cap",)) == shown["GPU temperature"]


def test_what_was_not_measured_is_not_zero(results: Results):
    shown = cells(cost_of(results, "tesseract-psm4"))

    for column in ("Peak VRAM", "GPU utilisation", "GPU power", "GPU temperature"):
        assert Amount("not measured", None) == shown[column]
