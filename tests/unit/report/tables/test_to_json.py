import json
from dataclasses import replace
from typing import Any

import pytest

from vlmhb.domain.results import Results
from vlmhb.report.figures.leaderboard import Leaderboard
from vlmhb.report.tables.to_json import results_json


@pytest.fixture(scope="module")
def document(documents: dict[str, bytes]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(documents["results.json"])
    return loaded


def test_the_document_has_a_version_and_its_parts(document: dict[str, Any]):
    assert 1 == document["schema_version"]
    assert sorted(document) == [
        "complete",
        "costs",
        "counts",
        "decisions",
        "failures",
        "leaderboard",
        "models",
        "name",
        "not_scored",
        "occupancy",
        "price_per_hour",
        "problems",
        "provenance",
        "schema_version",
        "setbacks",
        "summaries",
        "tasks",
        "timing",
        "unavailable",
        "verdicts",
        "workers",
    ]


def test_samples_are_counted_once_each(document: dict[str, Any]):
    counts = document["counts"]

    assert counts["samples"] == counts["answered"] + counts["failed"] + counts["not_answered"]
    assert (6, 1) == (counts["failed"], counts["not_answered"])


def test_the_leaderboard_says_who_is_best(document: dict[str, Any]):
    row = document["leaderboard"][0]["rows"][0]

    assert ("chatty-vl-7b", 1, "best") == (row["model"], row["rank"], row["figures"][0]["mark"])


def test_what_is_in_no_figure_is_counted_by_reason(document: dict[str, Any]):
    first, *_ = document["not_scored"]

    assert {
        "model": "rapidocr-3.10",
        "task": "page-text",
        "metric": "cer",
        "status": "failed",
        "reason": "worker_died",
        "count": 1,
    } == first


def test_a_model_without_a_rank_says_why(document: dict[str, Any]):
    rows = {row["model"]: row for row in document["leaderboard"][0]["rows"]}

    assert "no rank: 1 more unscored than another model" == rows["reader-vl-3b"]["no_rank"]
    assert rows["chatty-vl-7b"]["no_rank"] is None


def test_models_say_whether_a_lock_describes_their_env(document: dict[str, Any]):
    models = {model["name"]: model["locked"] for model in document["models"]}
    rows = {row["model"]: row["locked"] for row in document["leaderboard"][0]["rows"]}

    assert ["chatty-vl-7b"] == [name for name, locked in models.items() if not locked]
    assert rows == {name: models[name] for name in rows}


def test_no_path_of_the_machine_is_in_it(documents: dict[str, bytes]):
    assert b'"/data' not in documents["results.json"]


def test_figures_that_are_no_numbers_are_null(results: Results):
    odd = tuple(replace(summary, value=float("nan")) for summary in results.summaries)

    content = results_json(replace(results, summaries=odd), (), Leaderboard((), ()))

    document = json.loads(content)

    assert {None} == {summary["value"] for summary in document["summaries"]}


def test_hostile_text_is_plain_ascii_json(hostile_documents: dict[str, bytes], hostile: Results):
    content = hostile_documents["results.json"]

    assert content.isascii()
    assert hostile.name == json.loads(content)["name"]
