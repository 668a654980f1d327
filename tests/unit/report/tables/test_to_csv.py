import csv
import io
import json
from dataclasses import replace

import pytest

from tests.documented_columns import documented_columns
from tests.unit.report.hostile import HOSTILE
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.domain.score import Score
from vlmhb.report.entries import entries_of
from vlmhb.report.tables.to_csv import metrics_csv, scores_csv
from vlmhb.report.write import tables_of


def rows_of(content: bytes) -> list[dict[str, str]]:
    usual = csv.field_size_limit(10_000_000)
    try:
        return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
    finally:
        csv.field_size_limit(usual)


def spelled_out(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", r"\x00")


def by_status(documents: dict[str, bytes], status: str) -> dict[str, str]:
    return next(row for row in rows_of(documents["scores.csv"]) if row["status"] == status)


@pytest.mark.parametrize("name", ["answers.csv", "scores.csv", "metrics.csv"])
def test_the_guide_has_a_line_for_every_column_in_their_order(
    documents: dict[str, bytes], name: str
):
    header = documents[name].split(b"\r\n")[0].decode().split(",")

    assert header == documented_columns(name)


def test_the_guide_has_the_columns_that_every_pivot_has(documents: dict[str, bytes]):
    header = documents["pivot.csv"].split(b"\r\n")[0].decode().split(",")

    assert header[:3] == documented_columns("pivot.csv")
    assert ["page-text cer", "fields field_found", "fields anls"] == header[3:]


def test_the_pivot_has_figures_as_the_reference_prints_them_and_empty_cells(results: Results):
    first, other = results.tasks
    hundred = replace(first, task=replace(first.task, scale=100.0))

    rows = rows_of(tables_of(replace(results, tasks=(hundred, other)))["pivot.csv"])

    by_model = {row["model"]: row for row in rows}
    plain = {row["model"]: row for row in rows_of(tables_of(results)["pivot.csv"])}
    assert [model.name for model in results.models if model.name in by_model] == list(by_model)
    figures = [float(rows["tesseract-psm4"]["page-text cer"]) for rows in (by_model, plain)]
    assert figures == [pytest.approx(100 * figures[1]), figures[1]]
    assert "" == by_model["tesseract-psm4"]["fields anls"]
    assert "unlocked" == by_model["chatty-vl-7b"]["note"]


def test_a_decision_is_beside_the_figures_of_its_model(results: Results):
    chosen = Decision("reader-vl-3b", Decided.NEEDS_MORE_DATA, "why")

    made = tables_of(replace(results, decisions=(chosen,)))

    for name in ("metrics.csv", "pivot.csv"):
        found = {(row["model"], row["decision"]) for row in rows_of(made[name])}
        assert ("reader-vl-3b", "needs_more_data") in found
        assert ("chatty-vl-7b", "") in found
    notes = {row["model"]: row["note"] for row in rows_of(made["pivot.csv"])}
    assert "needs more data" not in notes["reader-vl-3b"]


def test_every_sample_of_every_evaluation_has_a_row(results: Results, documents: dict[str, bytes]):
    wanted = [
        (evaluation.model, evaluation.task, sample_id, request_id)
        for evaluation in results.plan.evaluations
        for sample_id, request_id in evaluation.requests
    ]

    rows = rows_of(documents["answers.csv"])

    columns = ("model", "task", "sample_id", "request_id")
    assert wanted == [tuple(row[column] for column in columns) for row in rows]


def test_an_answer_row_says_what_was_asked_and_answered(documents: dict[str, bytes]):
    row = next(
        row
        for row in rows_of(documents["answers.csv"])
        if (row["model"], row["sample_id"]) == ("reader-vl-3b", "ru0/supplier")
    )

    assert "What is the supplier? Answer with the value only." == row["prompt"]
    assert ["ООО «Ромашка»", "ООО«Ромашка»"] == json.loads(row["targets"])
    assert ("ok", "stop", "620", "invoice", "ru") == (
        row["status"],
        row["finish_reason"],
        row["prompt_tokens"],
        row["doc_class"],
        row["language"],
    )


def test_hostile_answers_come_back_unchanged(hostile_documents: dict[str, bytes]):
    """All but lone surrogates, which UTF-8 cannot hold, and NUL, which readers refuse."""
    answers = [row["answer"] for row in rows_of(hostile_documents["answers.csv"])]

    wanted = [spelled_out(text) for text in HOSTILE]
    assert wanted == answers[: len(HOSTILE)]


def test_what_was_reduced_for_an_answer_is_in_its_row(hostile_documents: dict[str, bytes]):
    marks = [row["degraded"] for row in rows_of(hostile_documents["answers.csv"])]

    assert [spelled_out(text[:80]) for text in HOSTILE] == marks[: len(HOSTILE)]


def test_hostile_failures_come_back_unchanged(hostile_documents: dict[str, bytes]):
    errors = [row["error"] for row in rows_of(hostile_documents["answers.csv"]) if row["error"]]

    wanted = [f"Error: {spelled_out(text)}" for text in HOSTILE]
    assert wanted == errors


def test_lines_end_as_rfc_4180_says(documents: dict[str, bytes]):
    content = documents["metrics.csv"]

    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_scored_failed_and_unscored_are_told_apart(documents: dict[str, bytes]):
    scored, failed = by_status(documents, "scored"), by_status(documents, "failed")
    unscored = by_status(documents, "unscored")

    ratio = float(scored["numerator"]) / float(scored["denominator"])
    assert pytest.approx(ratio) == float(scored["value"])
    assert ("", "worker_died", "1", "1") == (
        failed["value"],
        failed["reason"],
        failed["worst_numerator"],
        failed["worst_denominator"],
    )
    assert ("", "not answered yet") == (unscored["value"], unscored["reason"])


def test_summaries_are_in_plan_order_however_they_were_computed(
    results: Results, documents: dict[str, bytes]
):
    shuffled = replace(results, summaries=results.summaries[::-1])

    assert documents["metrics.csv"] == metrics_csv(shuffled)


def test_groups_have_their_own_columns(documents: dict[str, bytes]):
    rows = rows_of(documents["metrics.csv"])
    groups = {
        (row["grouping"], row["doc_class"], row["question_type"], row["language"]) for row in rows
    }

    assert {
        ("general", "", "", ""),
        ("by_doc_type", "statement", "", ""),
        ("by_doc_question", "statement", "supplier", ""),
        ("by_language", "", "", "ru"),
    } <= groups


def test_samples_count_up_in_every_summary(documents: dict[str, bytes]):
    for row in rows_of(documents["metrics.csv"]):
        parts = [int(row[name]) for name in ("n_scored", "n_failed", "n_unscored")]

        assert int(row["n_total"]) == sum(parts)


def test_a_score_that_is_no_number_is_an_empty_cell(results: Results):
    odd = replace(results.scores[0], result=Score(float("nan"), 1.0))
    entries = entries_of(replace(results, scores=(odd,)))

    (row,) = rows_of(scores_csv(entries))

    assert ("", "") == (row["value"], row["numerator"])
