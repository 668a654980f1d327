import pytest

from tests.unit.report.eventful import REDUCED, eventful_results
from vlmhb.domain.answer import Answer, ErrorInfo, FailedAnswer, FailureReason
from vlmhb.domain.results import Results
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.setbacks import Setback, marks_of, setbacks_of


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return eventful_results(tmp_path_factory.mktemp("pages"))


def of_kind(results: Results, kind: str) -> list[Setback]:
    return [each for each in setbacks_of(entries_of(results)) if each.kind == kind]


def test_reduced_answers_are_counted_by_what_was_reduced(eventful: Results):
    text, fields = of_kind(eventful, "degraded")

    assert ("chatty-vl-7b", "page-text", REDUCED, 5, 13) == (
        text.model,
        text.task,
        text.what,
        text.count,
        text.total,
    )
    assert 5 / 13 == text.share
    assert f"degraded: {REDUCED}" == fields.show["mark"]


def test_cut_and_open_answers_are_told_with_their_status(eventful: Results):
    cut, open_ = of_kind(eventful, "truncated"), of_kind(eventful, "not_answered")

    assert {("tiny-random-llava", 13), ("tiny-random-llava", 31)} == {
        (each.model, each.count) for each in cut
    }
    assert [("reader-vl-3b", "not_answered")] == [(o.model, o.show["status"]) for o in open_]


def test_models_that_could_not_be_evaluated_have_no_open_answers(eventful: Results):
    assert "tesseract-kor" not in {each.model for each in setbacks_of(entries_of(eventful))}


def test_an_answer_that_was_reduced_twice_has_both_marks_and_one_of_all():
    answer = Answer("r", "text", degraded=("a", "b", "a"))

    assert ("degraded", "degraded: a", "degraded: b") == marks_of(answer)


def test_what_came_as_it_should_has_no_mark():
    failed = FailedAnswer("r", FailureReason.OOM, ErrorInfo("E", "m"), attempt=3)

    assert () == marks_of(Answer("r", "text", attempt=2)) == marks_of(failed) == marks_of(None)
    assert ("retried",) == marks_of(Answer("r", "text", faults=1))
    assert ("degraded", "degraded: a", "retried") == marks_of(
        Answer("r", "text", faults=1, degraded=("a",))
    )
