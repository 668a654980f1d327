from dataclasses import replace

import pytest

from vlmhb.domain.answer import Answer, Timing, Usage
from vlmhb.domain.results import Results
from vlmhb.report.timing import ModelTiming, timings_of


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

    assert 3.5 == timing.page_s_p50
    assert 9.0 == timing.page_s_p95
    assert 0.5 == timing.preprocess_s_p50


def test_what_nobody_measured_is_not_zero(results: Results):
    timing = timed(results, "tesseract-psm4", (Timing(), Usage()))

    assert (1, 0, None, None, None, None) == (
        timing.n_answers,
        timing.n_timed,
        timing.page_s_p50,
        timing.page_s_p95,
        timing.generate_s_p95,
        timing.tokens_per_s,
    )


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
