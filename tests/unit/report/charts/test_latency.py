from dataclasses import replace
from typing import Any

from vlmhb.report.charts.latency import MAX_MODELS, MIN_MEASURED, latency_sketches
from vlmhb.report.charts.palette import looks_of
from vlmhb.report.figures.spread import Spread, spread_of
from vlmhb.report.figures.timing import ModelTiming


def timing(model: str = "reader", n: int = MIN_MEASURED, factor: float = 1.0) -> ModelTiming:
    spread = spread_of(factor * (1 + number / n) for number in range(n))
    return ModelTiming(model, n, spread, spread, None, None, None, None, None)


def sketches(*timings: ModelTiming) -> dict[str, Any]:
    made = latency_sketches(timings, looks_of([each.model for each in timings]))
    return {measure: sketch.spec for measure, sketch in made.items()}


def layer(spec: Any, name: str) -> Any:
    return next(layer for layer in spec["layer"] if layer["name"] == name)


def x_scale(spec: Any) -> Any:
    return layer(spec, "median")["encoding"]["x"]["scale"]


def test_a_few_answers_are_no_distribution():
    assert {} == sketches(timing(n=MIN_MEASURED - 1))
    assert {"page"} == set(sketches(timing(n=MIN_MEASURED)))


def test_requests_of_several_pages_have_a_chart_of_their_own():
    several = timing()
    whole = spread_of(3.0 + number for number in range(MIN_MEASURED))

    assert {"page", "total"} == set(sketches(timing("other"), replace(several, total=whole)))


def test_loading_is_compared_between_models_however_seldom_it_happened():
    one = replace(timing("one", n=1), load=spread_of([7.0]))
    other = replace(timing("other", n=1), load=spread_of([30.0]))

    assert {"load"} == set(sketches(one, other))
    assert {} == sketches(one)


def test_models_that_differ_much_are_on_a_logarithmic_axis():
    near = sketches(timing("a"), timing("b", factor=2))["page"]
    far = sketches(timing("a"), timing("b", factor=100))["page"]

    assert ["linear", "log"] == [x_scale(spec)["type"] for spec in (near, far)]


def test_a_box_says_its_figures():
    (row,) = layer(sketches(timing("reader", n=100))["page"], "rows")["data"]["values"]

    assert [
        "reader",
        "median 1.49 s",
        "middle half 1.24 s to 1.74 s",
        "p95 1.94 s, p99 1.98 s",
        "100 measured",
    ] == row["text"].split("\n")


def test_there_are_only_so_many_rows():
    many = [timing(str(number)) for number in range(MAX_MODELS + 5)]

    assert MAX_MODELS == len(layer(sketches(*many)["page"], "rows")["data"]["values"])


def test_percentiles_are_measurements():
    spread = spread_of([None, 3.0, 1.0, 2.0, float("inf")])

    assert Spread(3, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0) == spread
    assert spread_of([None]) is None
