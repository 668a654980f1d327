import base64
import gzip
import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.build import answer, loaded, model, truth
from vlmhb.domain.results import Results
from vlmhb.domain.run import Evaluation, Request, RunPlan
from vlmhb.domain.sample import UnreadablePage
from vlmhb.domain.score import Score
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.report.entries import entries_of
from vlmhb.report.page import payload_texts
from vlmhb.report.page.diff import diff_of
from vlmhb.report.page.payload import Payload, packed, payload_of
from vlmhb.report.text import encodable


def unpacked(text: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(text)))


class Read:
    """A payload as the page reads it."""

    def __init__(self, payload: Payload) -> None:
        self.index = unpacked(payload.index)
        self.blocks = [unpacked(block) for block in payload.texts]
        self.samples = [row for block in self.blocks for row in block]
        self.requests = [request for row in self.samples for request in row["requests"]]
        self.entries = [
            {
                "model": self.index["models"][evaluation["model"]]["name"],
                "id": self.index["samples"]["id"][sample],
                "sample": self.samples[sample],
                "place": request,
                "request": self.requests[request],
                "status": self.index["statuses"][self.index["requests"]["status"][request]],
                "evaluation": evaluation,
                "row": row,
            }
            for evaluation in self.index["evaluations"]
            for row, (sample, request) in enumerate(
                zip(
                    itertools.accumulate(evaluation["samples"]),
                    itertools.accumulate(evaluation["requests"]),
                    strict=True,
                )
            )
        ]

    def entry(self, name: str, sample: str) -> Any:
        for found in self.entries:
            if (name, sample) == (found["model"], found["id"]):
                return found
        return pytest.fail(f"{name} {sample} is not in the payload")

    def diff(self, entry: Any) -> Any:
        same = [each for each in self.entries if each["sample"] is entry["sample"]]
        return entry["sample"]["diffs"][same.index(entry)]


@pytest.fixture(scope="module")
def payload(results: Results) -> Read:
    return Read(payload_of(results, entries_of(results)))


def one_answer(text: str, *targets: str) -> Results:
    """A run of one sample."""
    one = truth(*targets)
    request = Request("r1", "m", "p", "", "/data", one.pages, Generation())
    return Results(
        name="",
        models=(model("m"),),
        unavailable={},
        tasks=(loaded((one,)),),
        plan=RunPlan(
            (Evaluation("m", "fields", AnswerKind.REPLY, ((one.id, "r1"),)),), {"m": (request,)}
        ),
        outcomes={"r1": answer("r1", text)},
        scores=(),
        summaries=(),
        thumbnails={},
        provenance={},
    )


def told(row: Any) -> str:
    """The answer that a target and its difference tell."""
    (diff,) = row["diffs"]
    before = row["targets"][diff.get("target", 0)]
    extra = iter(diff["added"])
    at, parts = 0, []
    for kept, missing, added in zip(*(diff["runs"][start::3] for start in range(3)), strict=True):
        parts += [before[at : at + kept], *itertools.islice(extra, added)]
        at += kept + missing
    return "".join(parts)


def test_entries_name_what_they_belong_to(payload: Read):
    found = payload.entry("reader-vl-3b", "ru0/total")
    scores = found["evaluation"]["scores"]

    assert "What is the total? Answer with the value only." == found["request"]["prompt"]
    assert "fields@2" in found["request"]["prompt_source"]
    assert "anls" == payload.index["metrics"][found["evaluation"]["primary"]]["name"]
    assert ["anls", "exact_match"] == [
        payload.index["metrics"][each["metric"]]["name"] for each in scores
    ]


def test_samples_of_one_page_share_the_answer(payload: Read):
    one, other = (payload.entry("tesseract-psm4", f"ru0/{name}") for name in ("total", "number"))

    assert one["place"] == other["place"]
    assert one["request"]["text"]
    assert payload.diff(one) != payload.diff(other)


@example("aXbcdefgYhij😀Zkl", ["abcdefghij😀kl"])
@given(st.text(max_size=60), st.lists(st.text(max_size=60), min_size=1, max_size=3))
def test_a_difference_tells_the_answer(text: str, targets: list[str]):
    """So that an answer much like its target is not packed twice."""
    (row,) = Read(payload_of(one := one_answer(text, *targets), entries_of(one))).samples
    diff = diff_of(encodable(text), [encodable(target) for target in targets])
    written = row["requests"][0].get("text")

    assert diff is not None
    assert (written is not None) == (diff.level == "passage")
    assert encodable(text) == (told(row) if written is None else written)


def test_a_failure_has_an_error_and_no_diff(payload: Read):
    found = payload.entry("rapidocr-3.10", "ko1")

    assert ("worker_died", None) == (found["status"], payload.diff(found))
    assert "session closed <b>" == found["request"]["error"]["message"]


def test_an_open_request_is_there_without_an_answer(payload: Read):
    found = payload.entry("reader-vl-3b", "en1")

    assert "not_answered" == found["status"]
    assert {"prompt", "prompt_source", "pages"} == set(found["request"])


def test_models_that_could_not_be_evaluated_have_no_entries(payload: Read):
    assert "tesseract-kor" not in {found["model"] for found in payload.entries}


def test_a_page_without_a_picture_says_why(results: Results):
    name = results.models[0].name
    broken = UnreadablePage("images/x.png", "0" * 64, "image file is truncated")
    first = replace(results.plan.requests[name][0], pages=(broken,))
    requests = {**results.plan.requests, name: (first, *results.plan.requests[name][1:])}
    odd = replace(results, plan=replace(results.plan, requests=requests))

    read = Read(payload_of(odd, entries_of(odd)))

    assert [{"path": "images/x.png", "problem": "image file is truncated"}] == read.entries[0][
        "request"
    ]["pages"]


def test_a_score_without_a_figure_of_its_own_says_so(results: Results):
    """The page shows the reason where there is no value."""
    first = replace(results.scores[0], result=Score(0.0, 0.0))
    odd = replace(results, scores=(first, *results.scores[1:]))

    read = Read(payload_of(odd, entries_of(odd)))
    column = read.index["evaluations"][0]["scores"][0]

    assert None is column["denominators"][0]
    assert "no figure of its own" == read.index["reasons"][column["numerators"][0]]


def test_samples_are_grouped_by_the_keys_of_their_tasks(results: Results):
    text, fields = results.tasks
    samples = (replace(text.samples[0], metadata={"kind": ["a", "b"]}), *text.samples[1:])
    task = replace(text.task, group_by=(("kind", "language"),))
    odd = replace(results, tasks=(replace(text, task=task, samples=samples), fields))

    facets = {each["key"]: each for each in Read(payload_of(odd, entries_of(odd))).index["facets"]}

    assert ["doc_class", "question_type", "language", "kind"] == list(facets)
    assert ["a", "b", ""] == facets["kind"]["values"]
    assert [[0, 1], 2] == facets["kind"]["places"][:2]


def test_texts_come_in_blocks_that_the_index_can_find(
    results: Results, payload: Read, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(payload_texts, "BLOCK_SAMPLES", 7)

    read = Read(payload_of(results, entries_of(results)))
    blocks = read.index["blocks"]

    assert 1 == len(payload.blocks)
    assert {7} == {len(block) for block in read.blocks[:-1]}
    assert read.samples == payload.samples
    assert blocks["samples"][1:] == [7] * (len(read.blocks) - 1)
    assert blocks["requests"] == [
        0,
        *(sum(len(row["requests"]) for row in block) for block in read.blocks[:-1]),
    ]


def test_packing_twice_gives_the_same_text(results: Results):
    entries = entries_of(results)

    assert payload_of(results, entries) == payload_of(results, entries)
    assert packed("я") == packed("я")
