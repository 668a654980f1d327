"""Every Eval Ever's documents; their schema 0.3.0 was looked up, and is not kept here."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.build import model
from tests.unit.report.exports.scored import OWN, QWEN, scored_run
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.model import IMPORTED
from vlmhb.errors import UsageError
from vlmhb.report import read_results
from vlmhb.report.exports.export import Export
from vlmhb.report.exports.published import HubDataset
from vlmhb.report.exports.to_eee import Evaluator, as_eee
from vlmhb.store import RunDir, read_manifest
from vlmhb.store.decisions import decide

PATH = re.compile(
    r"data/[^/]+/[^/]+/[^/]+/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json"
)
US = Evaluator("Us", "third_party")


def exported(run_dir: RunDir, evaluator: Evaluator = US) -> Export:
    return as_eee(read_results(run_dir), read_manifest(run_dir.manifest), evaluator)


def documents(made: Export) -> dict[str, Any]:
    """By evaluation_id."""
    return {one["evaluation_id"]: one for one in map(json.loads, made.contents.values())}


def test_a_document_says_who_what_and_how(tmp_path: Path):
    made = exported(scored_run(tmp_path / "run"))

    assert all(PATH.fullmatch(path) for path in made.contents)
    assert {"Qwen/Qwen2-VL-2B-Instruct", "own/model"} == {
        "/".join(path.split("/")[2:4]) for path in made.contents
    }
    document = documents(made)["docvqa/Qwen/Qwen2-VL-2B-Instruct/1767323045"]
    assert {
        "schema_version": "0.3.0",
        "evaluation_id": "docvqa/Qwen/Qwen2-VL-2B-Instruct/1767323045",
        "evaluation_timestamp": "1767323045",
        "retrieved_timestamp": "1767323045",
        "source_metadata": {
            "source_name": "vlmhb",
            "source_type": "evaluation_run",
            "source_organization_name": "Us",
            "evaluator_relationship": "third_party",
        },
        "eval_library": {"name": "vlmhb", "version": "0"},
        "model_info": {
            "name": "qwen",
            "id": "Qwen/Qwen2-VL-2B-Instruct",
            "developer": "Qwen",
            "inference_engine": {"name": "toy", "version": "unknown"},
            "additional_details": {
                "deployment_type": "self_deployed",
                "model_availability": "open_weights",
                "revision": "c" * 40,
            },
        },
    } == {key: value for key, value in document.items() if key != "evaluation_results"}


def test_what_was_decided_about_a_model_is_told_without_its_note(tmp_path: Path):
    run_dir = scored_run(tmp_path / "run")
    decide(run_dir, Decision("qwen", Decided.REJECTED, "a secret"))

    made = exported(run_dir)

    found = {
        one["model_info"]["name"]: one["model_info"]["additional_details"].get("decision")
        for one in documents(made).values()
    }
    assert ("rejected", {None}) == (found.pop("qwen"), {*found.values()})
    assert not any(b"a secret" in content for content in made.contents.values())


def test_a_figure_is_a_fraction_with_failed_samples_at_their_worst(tmp_path: Path):
    document = documents(exported(scored_run(tmp_path / "run", QWEN)))[
        "docvqa/Qwen/Qwen2-VL-2B-Instruct/1767323045"
    ]

    (result,) = document["evaluation_results"]
    assert pytest.approx(4 / 9) == result["score_details"]["score"]
    assert {"n_total": "2", "n_failed": "1"}.items() <= result["score_details"]["details"].items()
    assert ("vlmhb.cer", True) == (
        result["metric_config"]["metric_id"],
        result["metric_config"]["lower_is_better"],
    )
    assert ("hf_dataset", "lmms-lab/DocVQA", 9) == tuple(
        result["source_data"][key] for key in ("source_type", "hf_repo", "samples_number")
    )
    assert ("{{ question }}", 512) == tuple(
        result["generation_config"]["generation_args"][key]
        for key in ("prompt_template", "max_tokens")
    )


def test_an_interval_goes_with_a_score_that_counts_no_failures(results: Any, tmp_path: Path):
    manifest = read_manifest(scored_run(tmp_path / "run").manifest)

    made = documents(as_eee(results, manifest, US)).values()

    with_interval = {
        "uncertainty" in one["score_details"]: one["score_details"]["details"]["n_failed"]
        for document in made
        for one in document["evaluation_results"]
    }
    assert "0" == with_interval[True]
    assert "0" != with_interval[False]


def test_nobody_says_where_a_model_ran_that_ran_elsewhere(tmp_path: Path):
    theirs = replace(OWN, backend=IMPORTED, env="", params={"answered_at": "2025-01-01T00:00:00Z"})

    document = documents(exported(scored_run(tmp_path / "run", theirs)))[
        "invoices/own/model/1735689600"
    ]

    assert "inference_engine" not in document["model_info"]
    assert {"deployment_type": "unknown", "model_availability": "unknown"} == document[
        "model_info"
    ]["additional_details"]


def test_a_dataset_is_the_hubs_where_the_user_says_so(tmp_path: Path):
    evaluator = Evaluator("Us", datasets={"invoices": HubDataset("ours/invoices")})
    run_dir = scored_run(tmp_path / "run", OWN)

    sources = [
        {one["evaluation_results"][0]["source_data"]["source_type"] for one in made.values()}
        for made in (documents(exported(run_dir)), documents(exported(run_dir, evaluator)))
    ]

    assert [{"hf_dataset", "other"}, {"hf_dataset"}] == sources


def test_two_exports_of_a_run_are_the_same(tmp_path: Path):
    run_dir = scored_run(tmp_path / "run")

    assert exported(run_dir) == exported(run_dir)


def test_random_weights_alone_are_nothing_to_publish(tmp_path: Path):
    with pytest.raises(UsageError, match="its weights are random"):
        exported(scored_run(tmp_path / "run", model("tiny", mechanism_only=True)))
