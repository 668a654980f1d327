from dataclasses import replace

import pytest

from vlmhb.domain.answer import Answer, Timing, Usage
from vlmhb.domain.results import Results
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.report.figures.timing import ModelTiming, timing_columns, timings_of


def timed(results: Results, model: str, *answers: tuple[Timing, Usage]) -> ModelTiming:
    requests = results.plan.requests[model][: len(answers)]
    outcomes = {
        request.id: Answer(request.id, "x", timing=timing, usage=usage)
        for request, (timing, usage) in zip(requests, answers, strict=True)
    }
    (timing,) = timings_of(replace(results, outcomes=outcomes))
    return timing


def test_seconds_per_page_are_preprocessing_and_generation(results: Results):
    timing = timed(
        results,
        "tesseract-psm4",
        (Timing(0.5, None, 1.0), Usage()),
        (Timing(0.5, None, 3.0), Usage()),
        (Timing(None, None, 9.0), Usage()),
    )

    columns = timing_columns(timing)
    assert 3.5 == timing.page_s_p50 == columns["page_s_p50"]
    assert 9.0 == columns["page_s_p95"]
    assert 0.5 == columns["preprocess_s_p50"]


def test_what_nobody_measured_is_not_zero(results: Results):
    timing = timed(results, "tesseract-psm4", (Timing(), Usage()))

    columns = timing_columns(timing)
    assert (1, 0) == (columns.pop("n_answers"), columns.pop("n_timed"))
    assert "tesseract-psm4" == columns.pop("model")
    assert {None} == set(columns.values())


def test_a_request_is_timed_as_a_whole_and_by_its_pages(results: Results):
    request = results.plan.requests["tesseract-psm4"][0]
    two = replace(request, pages=request.pages * 2)
    plan = replace(results.plan, requests={"tesseract-psm4": (two,)})
    outcomes = {two.id: Answer(two.id, "x", timing=Timing(1.0, 0.25, 5.0))}

    (timing,) = timings_of(replace(results, plan=plan, outcomes=outcomes))

    columns = timing_columns(timing)
    assert (6.0, 3.0, 0.25) == tuple(
        columns[name] for name in ("total_s_p99", "page_s_p99", "first_token_s_p99")
    )


def test_loading_is_told_apart_from_answers(results: Results):
    workers = tuple(
        WorkerTelemetry("reader-vl-3b", 0, start, totals=WorkerTotals(load_s=load_s))
        for start, load_s in enumerate((7.0, None, 30.0))
    )

    timings = timings_of(replace(results, telemetry=workers))

    loads = {timing.model: timing.load for timing in timings}
    assert loads["tesseract-psm4"] is None
    load = loads["reader-vl-3b"]
    assert load is not None
    assert (2, 7.0, 30.0) == (load.n, load.p50, load.p99)


def test_tokens_per_second_are_a_ratio_of_sums(results: Results):
    timing = timed(
        results,
        "reader-vl-3b",
        (Timing(0.1, None, 1.0), Usage(completion_tokens=10)),
        (Timing(0.1, None, 3.0), Usage(completion_tokens=50)),
        (Timing(0.1, None, 50.0), Usage()),
    )

    assert pytest.approx(15.0) == timing.tokens_per_s


def test_models_without_an_answer_are_left_out(results: Results):
    assert "tesseract-kor" not in [timing.model for timing in timings_of(results)]
