import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from vlmhb.domain.results import Results
from vlmhb.domain.sample import UnreadablePage
from vlmhb.domain.score import Score
from vlmhb.report.entries import entries_of
from vlmhb.report.payload import packed, payload_of


def unpacked(text: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(text)))


@pytest.fixture(scope="module")
def payload(results: Results) -> Any:
    return unpacked(packed(payload_of(results, entries_of(results))))


def entry(payload: Any, model: str, sample: str) -> Any:
    for found in payload["entries"]:
        name = payload["models"][found["model"]]["name"]
        if (name, payload["samples"][found["sample"]]["id"]) == (model, sample):
            return found
    return pytest.fail(f"{model} {sample} is not in the payload")


def test_entries_name_what_they_belong_to(payload: Any):
    found = entry(payload, "reader-vl-3b", "ru0/total")
    request = payload["requests"][found["request"]]

    assert "fields" == payload["tasks"][payload["samples"][found["sample"]]["task"]]
    assert "What is the total? Answer with the value only." == request["prompt"]
    assert "anls" == payload["metrics"][found["primary"]]["name"]
    assert {"anls", "exact_match"} == {
        payload["metrics"][score["metric"]]["name"] for score in found["scores"]
    }


def test_samples_of_one_page_share_the_answer(payload: Any):
    one, other = (entry(payload, "tesseract-psm4", f"ru0/{name}") for name in ("total", "number"))

    assert one["request"] == other["request"]
    assert one["diff"] != other["diff"]


def test_a_failure_has_an_error_and_no_diff(payload: Any):
    found = entry(payload, "rapidocr-3.10", "ko1")

    assert ("worker_died", None) == (found["status"], found["diff"])
    assert "session closed <b>" == payload["requests"][found["request"]]["error"]["message"]


def test_an_open_request_is_there_without_an_answer(payload: Any):
    found = entry(payload, "reader-vl-3b", "en1")

    assert "not_answered" == found["status"]
    assert {"prompt", "system_prompt", "pages"} == set(payload["requests"][found["request"]])


def test_models_that_could_not_be_evaluated_have_no_entries(payload: Any):
    used = {payload["models"][found["model"]]["name"] for found in payload["entries"]}

    assert "tesseract-kor" not in used


def test_a_page_without_a_picture_says_why(results: Results):
    model = results.models[0].name
    broken = UnreadablePage("images/x.png", "0" * 64, "image file is truncated")
    first = replace(results.plan.requests[model][0], pages=(broken,))
    requests = {**results.plan.requests, model: (first, *results.plan.requests[model][1:])}
    plan = replace(results.plan, requests=requests)

    payload: Any = payload_of(replace(results, plan=plan), entries_of(results))

    assert [
        {"path": "images/x.png", "picture": "", "problem": "image file is truncated"}
    ] == payload["requests"][0]["pages"]


def test_a_score_without_a_figure_of_its_own_says_so(results: Results):
    """The page shows the reason where there is no value."""
    first = replace(results.scores[0], result=Score(0.0, 0.0))
    odd = replace(results, scores=(first, *results.scores[1:]))

    payload: Any = payload_of(odd, entries_of(odd))

    assert {"metric": 0, "value": None, "reason": "no figure of its own"} == payload["entries"][0][
        "scores"
    ][0]


def test_packing_twice_gives_the_same_text(results: Results):
    payload = payload_of(results, entries_of(results))

    assert packed(payload) == packed(payload)
