"""derived/documents/MODEL/DOCUMENT.json: what was answered about a document."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from vlmhb.domain.answer import Answer, Outcome, Timing, Usage
from vlmhb.domain.decision import Decided, Decision, last_decisions
from vlmhb.domain.results import Results
from vlmhb.domain.run import Request
from vlmhb.report.entries import entries_of
from vlmhb.report.tables.to_documents import document_files
from vlmhb.report.write import write_report


def files(results: Results) -> dict[str, Any]:
    made = document_files(entries_of(results), last_decisions(results.decisions))
    return {name: json.loads(content) for name, content in made.items()}


@pytest.fixture(scope="module")
def made(results: Results) -> dict[str, Any]:
    return files(results)


def changed(results: Results, model: str, **changes: Any) -> Results:
    """With something else in all requests to a model."""
    sent = tuple(replace(one, **changes) for one in results.plan.requests[model])
    return replace(
        results, plan=replace(results.plan, requests={**results.plan.requests, model: sent})
    )


def request_of(results: Results, model: str, document: str) -> Request:
    entries = entries_of(results)
    return next(
        entry.request
        for entry in entries
        if (entry.evaluation.model, entry.sample.document) == (model, document)
    )


def test_a_record_has_what_was_asked_and_what_came_back(results: Results):
    request = request_of(results, "reader-vl-3b", "ko0")
    answer = Answer(
        request.id, "한빛", usage=Usage(7, None, 3), timing=Timing(preprocess_s=0.5, generate_s=1.0)
    )
    outcomes: dict[str, Outcome] = {**results.outcomes, request.id: answer}

    document = files(replace(results, outcomes=outcomes))["documents/reader-vl-3b/ko0.json"]

    assert (1, "ko0", "reader-vl-3b") == (
        document["schema_version"],
        document["document"],
        document["model"],
    )
    assert {
        "page_index": 0,
        "pages": ["images/ko0.png"],
        "samples": [{"task": "page-text", "id": "ko0"}],
        "prompt": request.prompt,
        "system_prompt": "",
        "raw_response": "한빛",
        "status": "ok",
        "error": None,
        "elapsed_seconds": 1.5,
        "prompt_tokens": 7,
        "image_tokens": None,
        "completion_tokens": 3,
        "generation_kwargs": {
            "max_new_tokens": request.generation.max_new_tokens,
            "temperature": 0.0,
            "top_p": 1.0,
            "seed": 0,
            "stop": [],
            "may_shrink": False,
        },
    } == document["answers"][0]


def test_samples_that_share_an_inference_share_a_record(made: dict[str, Any], results: Results):
    records = made["documents/tesseract-psm4/ru0.json"]["answers"]

    assert 2 == len(records)  # the page and its scan
    assert [0, 1] == [record["page_index"] for record in records]
    assert 4 == len(records[0]["samples"])  # its text, and three fields


def test_every_inference_is_in_one_file_and_models_that_never_ran_have_none(
    made: dict[str, Any], results: Results
):
    asked = {
        (model, request.id)
        for model, sent in results.plan.requests.items()
        for request in sent
        if model not in results.unavailable
    }

    assert len(asked) == sum(len(document["answers"]) for document in made.values())
    assert not [name for name in made if "tesseract-kor" in name]


def test_what_was_decided_about_the_model_is_in_its_files(results: Results):
    chosen = Decision("reader-vl-3b", Decided.CHOSEN, "why", "2026-01-01T00:00:00Z")

    made = files(replace(results, decisions=(chosen,)))

    told = made["documents/reader-vl-3b/ko0.json"]["decision"]
    assert ("chosen", "why") == (told["state"], told["note"])
    assert made["documents/tesseract-psm4/ko0.json"]["decision"] is None


def test_a_failed_answer_is_null_with_its_error(made: dict[str, Any]):
    failed = [
        record
        for document in made.values()
        for record in document["answers"]
        if record["status"] == "worker_died"
    ]

    assert {(None, None)} == {(one["raw_response"], one["elapsed_seconds"]) for one in failed}
    assert all(one["error"] for one in failed)


def test_a_page_of_a_pdf_has_the_place_its_name_says(results: Results):
    page = replace(results.tasks[0].samples[0].pages[0], path="contract.pdf#page=3")
    other = replace(page, path="contract.pdf#page=1")

    made = files(changed(results, "reader-vl-3b", pages=(page, other)))

    record = made["documents/reader-vl-3b/ko0.json"]["answers"][0]
    assert [2, 0] == record["page_index"]


def test_hostile_names_stay_in_the_folder_and_apart(hostile: Results, tmp_path: Path):
    written = write_report(hostile, tmp_path / "derived", per_document_json=True)

    inside = [path for path in written if "documents" in path.parts]
    assert {4} == {len(path.relative_to(tmp_path).parts) for path in inside}
    assert len({str(path).casefold() for path in inside}) == len(inside)
    found = {json.loads(path.read_bytes())["document"] for path in inside}
    told = json.loads(json.dumps([sample.document for sample in hostile.tasks[0].samples]))
    assert set(told) == found


def test_they_are_written_when_asked_for_and_from_then_on(results: Results, tmp_path: Path):
    file = tmp_path / "documents" / "reader-vl-3b" / "ko0.json"

    write_report(results, tmp_path)
    before = file.exists()
    write_report(results, tmp_path, per_document_json=True)
    made = file.read_bytes()
    write_report(changed(results, "reader-vl-3b", prompt="Another"), tmp_path)

    assert not before
    assert made != file.read_bytes()
    named = json.loads((tmp_path / "manifest.json").read_text())["sha256"]
    assert "documents/reader-vl-3b/ko0.json" in named
