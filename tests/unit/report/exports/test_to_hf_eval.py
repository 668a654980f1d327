"""Files of .eval_results/, read back by the hub's own library."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries

from tests.build import model
from tests.unit.report.exports.scored import COMMIT, OWN, QWEN, scored_run
from vlmhb.domain.decision import Decided, Decision
from vlmhb.errors import UsageError
from vlmhb.report import read_results
from vlmhb.report.exports.export import Export
from vlmhb.report.exports.published import HubDataset
from vlmhb.report.exports.to_hf_eval import HubNames, as_hf_eval
from vlmhb.store import RunDir, read_manifest
from vlmhb.store.decisions import decide

NOTHING = HubNames()
INVOICES = {"invoices": HubDataset("ours/invoices", "ru")}


def exported(run_dir: RunDir, names: HubNames = NOTHING) -> Export:
    return as_hf_eval(read_results(run_dir), read_manifest(run_dir.manifest), names)


def read(contents: Mapping[str, bytes], name: str) -> Any:
    (entry,) = parse_eval_result_entries(yaml.safe_load(contents[name]))
    return entry


def test_the_hubs_library_reads_the_figure_as_the_reference_prints_it(tmp_path: Path):
    entry = read(exported(scored_run(tmp_path / "run")).contents, "qwen/.eval_results/docvqa.yaml")

    assert ("lmms-lab/DocVQA", "default", COMMIT) == (
        entry.dataset_id,
        entry.task_id,
        entry.dataset_revision,
    )
    # Of 9 characters, the 4 of the sample that failed count as wrong.
    assert pytest.approx(100 * 4 / 9) == entry.value
    assert "2026-01-02T03:04:05Z" == entry.date
    assert (
        "cer, lower is better; 2 samples; a part of the dataset, 7 samples were not asked; "
        "1 failed, counted at the metric's worst; prompts docvqa@1; vlmhb 0"
    ) == entry.notes


def test_what_was_decided_about_a_model_is_told_without_its_note(tmp_path: Path):
    run_dir = scored_run(tmp_path / "run")
    decide(run_dir, Decision("qwen", Decided.NEEDS_MORE_DATA, "a secret"))

    entry = read(exported(run_dir).contents, "qwen/.eval_results/docvqa.yaml")

    assert "; decided: needs more data; vlmhb 0" in entry.notes
    assert "a secret" not in entry.notes


def test_a_source_and_datasets_are_what_the_user_says(tmp_path: Path):
    names = HubNames(
        {**INVOICES, "docvqa": HubDataset("lmms-lab/DocVQA", "val")}, "https://example.org/run"
    )

    contents = exported(scored_run(tmp_path / "run"), names).contents

    ours = read(contents, "own-model/.eval_results/invoices.yaml")
    assert ("ours/invoices", "ru", None, "https://example.org/run") == (
        ours.dataset_id,
        ours.task_id,
        ours.dataset_revision,
        ours.source_url,
    )
    theirs = read(contents, "qwen/.eval_results/docvqa.yaml")
    assert ("val", COMMIT) == (theirs.task_id, theirs.dataset_revision)


def test_what_is_left_out_is_said_and_where_the_rest_belongs(tmp_path: Path):
    tiny = model("tiny", mechanism_only=True)

    made = exported(scored_run(tmp_path / "run", QWEN, tiny))

    assert ["qwen/.eval_results/docvqa.yaml"] == list(made.contents)
    assert (
        "tiny/docvqa is left out: its weights are random",
        "tiny/invoices is left out: its weights are random",
        "invoices is left out: nobody knows its dataset's name on the hub; "
        "say --hub-dataset invoices=ORG/NAME",
        "qwen/.eval_results is for the repo Qwen/Qwen2-VL-2B-Instruct",
    ) == made.notes


def test_models_that_are_written_alike_have_folders_of_their_own(tmp_path: Path):
    run_dir = scored_run(tmp_path / "run", OWN, replace(OWN, name="Own-Model"))

    folders = {name.partition("/")[0].casefold() for name in exported(run_dir).contents}

    assert {"own-model", "own-model_2"} == folders


def test_a_run_of_which_the_hub_knows_nothing_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="its weights are random"):
        exported(scored_run(tmp_path / "run", model("tiny", mechanism_only=True)))


def test_a_task_that_the_run_has_not_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="no task 'invoice'") as told:
        exported(scored_run(tmp_path / "run"), HubNames({"invoice": HubDataset("a/b")}))

    assert "one of docvqa, invoices" == told.value.expected
