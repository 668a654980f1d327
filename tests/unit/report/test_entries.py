from dataclasses import replace

import pytest

from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason, FinishReason
from vlmhb.domain.results import Results
from vlmhb.report.entries import entries_of, error_text, status_of

CUT = Answer("r", "text", full_length_chars=9_000_000)
FAILED = FailedAnswer("r", FailureReason.OOM, ErrorInfo("MemoryError", "no more"))


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Answer("r", "text"), "ok"),
        (Answer("r", " \n"), "empty"),
        (Answer("r", "text", finish_reason=FinishReason.LENGTH), "truncated"),
        (CUT, "truncated"),
        (FAILED, "oom"),
        (None, "not_answered"),
    ],
)
def test_every_outcome_has_one_status(outcome: Answer | FailedAnswer | None, status: str):
    assert status == status_of(outcome)


def test_only_failures_have_an_error_text():
    assert "MemoryError: no more" == error_text(FAILED)
    assert "" == error_text(CUT)
    assert "" == error_text(None)


def test_entries_follow_the_plan(results: Results):
    wanted = [
        (evaluation.model, evaluation.task, sample_id)
        for evaluation in results.plan.evaluations
        for sample_id, _ in evaluation.requests
    ]

    entries = entries_of(results)

    assert wanted == [(e.evaluation.model, e.task.name, e.sample.id) for e in entries]


def test_nobody_waits_for_a_model_that_is_unavailable(results: Results):
    statuses = {
        entry.evaluation.model: entry.status
        for entry in entries_of(results)
        if entry.outcome is None
    }

    assert {"tesseract-kor": "unavailable", "reader-vl-3b": "not_answered"} == statuses


def test_scores_come_in_the_order_of_the_task_however_they_were_computed(results: Results):
    shuffled = replace(results, scores=results.scores[::-1])

    entries = entries_of(shuffled)

    assert entries_of(results) == entries
    assert ["cer", "wer"] == [score.metric for score in entries[0].scores]
