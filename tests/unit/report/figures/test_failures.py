from collections import Counter
from dataclasses import replace

from vlmhb.domain.answer import Answer
from vlmhb.domain.results import Results
from vlmhb.domain.score import Failed, Unscored
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.failures import (
    REASON_CHARS,
    UnavailableModel,
    failures_of,
    not_scored_of,
    unavailable_of,
    unscored_of,
)
from vlmhb.report.write import documents_of


def test_failures_are_counted_by_evaluation_and_reason(results: Results):
    found = [(f.model, f.task, f.reason, f.count) for f in failures_of(entries_of(results))]

    assert [
        ("rapidocr-3.10", "page-text", "worker_died", 1),
        ("rapidocr-3.10", "fields", "worker_died", 2),
        ("reader-vl-3b", "page-text", "not_answered", 1),
        ("chatty-vl-7b", "fields", "oom", 3),
    ] == found


def test_a_failure_shows_its_first_error(results: Results):
    first = failures_of(entries_of(results))[0]

    assert "RuntimeError: session closed <b>" == first.example


def test_samples_that_no_metric_judges_are_counted_by_reason(results: Results):
    """Samples that nobody answered yet are counted as such already."""
    scores = tuple(
        replace(score, result=Unscored("table too large"))
        if score.metric == "wer" and score.model in {"reader-vl-3b", "chatty-vl-7b"}
        else score
        for score in results.scores
    )
    changed = replace(results, scores=scores)
    pages = len(results.tasks[0].samples)

    found = unscored_of(entries_of(changed))

    assert [
        ("reader-vl-3b", "page-text", "wer", "unscored", "table too large", pages - 1),
        ("chatty-vl-7b", "page-text", "wer", "unscored", "table too large", pages),
    ] == [
        (each.model, each.task, each.metric, each.status, each.reason, each.count) for each in found
    ]
    made = documents_of(changed)
    for name in ("results.md", "report.html"):
        assert "Samples that a metric does not judge" in made[name].decode()
        assert "table too large" in made[name].decode()


def test_a_failed_sample_that_no_metric_judges_is_counted_too(results: Results):
    scores = tuple(
        replace(score, result=Unscored("no target")) if isinstance(score.result, Failed) else score
        for score in results.scores
    )
    failed = sum(isinstance(score.result, Failed) for score in results.scores)

    found = unscored_of(entries_of(replace(results, scores=scores)))

    assert failed > 0
    assert {("no target", failed)} == {(found[0].reason, sum(each.count for each in found))}


def test_reasons_add_up_to_what_the_figures_leave_out(results: Results):
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for each in not_scored_of(entries_of(results)):
        counted[each.model, each.task, each.metric, each.status] += each.count

    expected = {
        (s.model, s.task, s.metric, status): count
        for s in results.summaries
        if s.grouping == "general"
        for status, count in (("failed", s.n_failed), ("unscored", s.n_unscored))
        if count
    }
    assert {"failed", "unscored"} == {status for *_, status in expected}
    assert expected == counted


def test_a_long_reason_is_cut_and_counted_once(results: Results):
    scores = tuple(
        replace(score, result=Unscored("x" * REASON_CHARS + str(number)))
        for number, score in enumerate(results.scores)
    )

    found = not_scored_of(entries_of(replace(results, scores=scores)))

    assert {"x" * (REASON_CHARS - 1) + "…"} == {each.reason for each in found}
    assert len(found) < len(scores) == sum(each.count for each in found)


def test_an_unavailable_model_comes_with_the_command_that_helps(results: Results):
    expected = UnavailableModel(
        "tesseract-kor",
        0,
        len(results.plan.requests["tesseract-kor"]),
        "needs /usr/share/kor.traineddata, which is not there",
        ("apt-get install tesseract-ocr-kor",),
    )

    assert (expected,) == unavailable_of(results)


def test_a_command_that_has_nothing_to_do_with_the_reason_is_not_offered(results: Results):
    other = replace(results, unavailable={"tesseract-kor": "its env cannot be built"})

    assert () == unavailable_of(other)[0].commands


def test_a_model_that_stopped_half_way_says_how_far_it_came(results: Results):
    requests = results.plan.requests["tesseract-kor"]
    one = replace(
        results, outcomes={**results.outcomes, requests[0].id: Answer(requests[0].id, "")}
    )

    (model,) = unavailable_of(one)

    assert f"is incomplete (1 of {len(requests)} requests)" == model.state
