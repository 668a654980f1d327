"""`vlmhb export` in the formats that hold figures: Parquet, `.eval_results`, Every Eval Ever."""

import json
from pathlib import Path

import pyarrow.parquet
import pytest
import yaml
from huggingface_hub import parse_eval_result_entries

from tests.workspace import Workspace


@pytest.fixture
def run_folder(workspace: Workspace) -> Path:
    """Six answers made elsewhere, so that no env is needed."""
    rows = "id;model_answer\n0;0\n1;one\n2;2\n3;3\n4;=4\n5;5\n"
    (workspace.path / "theirs.csv").write_text(rows, encoding="utf-8")
    words = ("import", "theirs.csv", "--task", "numbers", "--model", "theirs", "--out", "first")
    assert 0 == workspace.vlmhb(*words).code
    return workspace.path / "first"


def test_samples_go_out_as_parquet(workspace: Workspace, run_folder: Path):
    end = workspace.vlmhb("export", "first", "--format", "parquet", "--json")

    file = run_folder / "derived" / "parquet" / "samples.parquet"
    assert (0, ["first/derived/parquet/samples.parquet"]) == (end.code, end.json["files"]), end.err
    rows = pyarrow.parquet.read_table(file).to_pylist()
    assert ("=4", ["4"], "Which number?") == tuple(
        rows[4][name] for name in ("answer", "targets", "question")
    )
    assert ["cer", "exact_match"] == [score["metric"] for score in rows[4]["scores"]]


def test_without_pyarrow_the_extra_is_named(workspace: Workspace, run_folder: Path):
    (workspace.path / "without").mkdir()
    (workspace.path / "without" / "pyarrow.py").write_text("raise ImportError")

    end = workspace.vlmhb(
        *("export", "first", "--format", "parquet"), PYTHONPATH=str(workspace.path / "without")
    )

    assert 2 == end.code
    assert "Next: pip install 'vlmhb[parquet]'" in end.err


def test_figures_go_out_for_the_models_page(workspace: Workspace, run_folder: Path):
    end = workspace.vlmhb(
        *("export", "first", "--format", "hf-eval", "--out", "hub"),
        *("--hub-dataset", "numbers=ours/numbers:easy"),
    )

    assert 0 == end.code, end.err
    file = workspace.path / "hub" / "theirs" / ".eval_results" / "numbers.yaml"
    (entry,) = parse_eval_result_entries(yaml.safe_load(file.read_text("utf-8")))
    assert ("ours/numbers", "easy") == (entry.dataset_id, entry.task_id)
    results = json.loads((run_folder / "derived" / "results.json").read_text())
    figure = results["leaderboard"][0]["rows"][0]["figures"][0]
    assert figure["value_failed_as_wrong"] == entry.value


def test_figures_go_out_for_every_eval_ever(workspace: Workspace, run_folder: Path):
    words = ("export", "first", "--format", "eee", "--organisation", "Us", "--out", "eee")

    end, again = workspace.vlmhb(*words), workspace.vlmhb(*words)

    assert (0, 0) == (end.code, again.code), end.err + again.err
    (file,) = (workspace.path / "eee").rglob("*.json")
    document = json.loads(file.read_text("utf-8"))
    assert ["vlmhb.cer", "vlmhb.exact_match"] == [
        one["metric_config"]["metric_id"] for one in document["evaluation_results"]
    ]


def test_another_runs_samples_are_not_replaced(workspace: Workspace, run_folder: Path):
    (workspace.path / "out").mkdir()
    (workspace.path / "out" / "samples.parquet").write_text("another run's")
    words = ("export", "first", "--format", "parquet", "--out", "out")

    refused = workspace.vlmhb(*words)

    assert 2 == refused.code
    assert "samples.parquet" in refused.err
    assert "another run's" == (workspace.path / "out" / "samples.parquet").read_text()
    assert 0 == workspace.vlmhb(*words, "--replace").code


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("hf-eval",), "say --hub-dataset numbers=ORG/NAME"),
        (("hf-eval", "--hub-dataset", "numbers"), "expected: TASK=ORG/NAME"),
        (("hf-eval", "--hub-dataset", "number=a/b"), "one of numbers"),
        (("eee",), "--organisation NAME"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(
    workspace: Workspace, run_folder: Path, words: tuple[str, ...], message: str
):
    end = workspace.vlmhb("export", "first", "--out", "out", "--format", *words)

    assert 2 == end.code
    assert message.casefold() in end.err.casefold()
    assert not (workspace.path / "out").exists()
