"""`vlmhb compare` on real runs."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.guides import block, follow, not_in
from tests.workspace import Finished, Workspace, derived_files

pytestmark = pytest.mark.uv

SAMPLES = 6


def ask(
    space: Workspace, out: str, *wrong: int, models: tuple[str, ...] = ("model",), **more: object
):
    """A run whose answers are right, but for those of the samples `wrong`."""
    said = {f"page{n}.": "?" if n in wrong else str(n) for n in range(SAMPLES)}
    for name in models:
        space.write_model(name, {"answers": said, **more})
    run_file = {"models": list(models), "tasks": ["numbers"]}
    space.write_yaml("configs/runs/run.yaml", run_file)
    end = space.vlmhb("run", "run", "--ui", "none", "--out", out)
    assert end.code in {0, 3}, end.err


def compare(space: Workspace, *words: str) -> Finished:
    return space.vlmhb("compare", *words)


def edit_task(space: Workspace, **changes: object) -> None:
    file = space.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text(encoding="utf-8"))
    space.write_yaml("configs/tasks/numbers.yaml", {**task, **changes})


def test_two_runs_are_compared_and_the_second_one_gets_the_documents(workspace: Workspace):
    ask(workspace, "runs/before")
    edit_task(workspace, prompt="Now: {{ question }}")
    ask(workspace, "runs/after", 1, 2)
    untouched = derived_files(workspace.path / "runs/before")

    end = compare(workspace, "runs/before", "runs/after")
    again = compare(workspace, "runs/before", "runs/after", "--json")

    assert (0, 0) == (end.code, again.code), end.err + again.err
    assert "exact_match ↑  1.000  0.667  −0.333" in end.out
    assert "changed: 2 samples (2 worse, 0 better)" in end.out
    assert "differs, prompts: prompt Which number? -> Now: Which number?" in end.out
    assert "differs, model: params.answers.page1. 1 -> ?" in end.out
    envelope = again.json
    assert (1, "compare", 0) == tuple(
        envelope[key] for key in ("schema_version", "kind", "exit_code")
    )
    assert ["comparison.json", "comparison.md", "comparison.html"] == [
        Path(name).name for name in envelope["files"]
    ]
    folder = workspace.path / Path(envelope["files"][0]).parent
    assert workspace.path / "runs/after/derived" == folder.parent
    assert folder.name.startswith("compare-with-before-")
    (task,) = json.loads((folder / "comparison.json").read_text())["pairs"][0]["tasks"]
    assert {"1", "2"} == {one["sample_id"] for one in task["changed"]}
    assert untouched == derived_files(workspace.path / "runs/before")
    assert 0 == workspace.vlmhb("report", "runs/after").code
    assert (folder / "comparison.html").is_file()


def test_a_regression_ends_with_5_and_says_what_got_worse(workspace: Workspace):
    ask(workspace, "before")
    ask(workspace, "after", 1, 2, faults={"page5.": "raise"})
    limits = ("--fail-on-regression", "cer=0.9", "--fail-on-regression", "exact_match=0.4")

    broken = compare(workspace, "before", "after", *limits, "--out", "gate")
    improved = compare(workspace, "after", "before", *limits)
    unknown = compare(workspace, "before", "after", "--fail-on-regression", "exact_mach=0.1")
    nonsense = compare(workspace, "before", "after", "--fail-on-regression", "cer")

    assert (5, 0, 2, 2) == (broken.code, improved.code, unknown.code, nonsense.code)
    (line,) = [line for line in broken.err.splitlines() if line]
    assert "regression: exact_match on numbers, before:model -> after:model: 1.000 -> 0.500" in line
    assert "worse by 0.5, allowed 0.4; 95 % interval" in line
    assert {"comparison.json", "comparison.md", "comparison.html", "comparison_files"} == {
        file.name for file in (workspace.path / "gate").iterdir()
    }
    pictures = re.findall(
        r'src="(comparison_files/\w+\.jpg)', (workspace.path / "gate/comparison.html").read_text()
    )
    assert 3 == len(pictures)
    assert all((workspace.path / "gate" / name).is_file() for name in pictures)
    assert 'did you mean "exact_match"?' in unknown.err
    assert "METRIC=LOSS" in nonsense.err


def test_other_samples_are_refused_unless_asked_for(workspace: Workspace):
    ask(workspace, "before")
    edit_task(workspace, dataset={**_dataset(workspace), "where": {"question_type": ["field0"]}})
    ask(workspace, "after")

    refused = compare(workspace, "before", "after")
    assert not list((workspace.path / "after/derived").glob("compare-*"))
    both = compare(workspace, "before", "after", "--intersect")

    assert (2, 0) == (refused.code, both.code), both.err
    assert "4 only in A (1, 2, 4, 5), none only in B" in refused.err
    assert "Traceback" not in refused.err
    assert "2 samples in both; left out: 4 only in A, 0 only in B" in both.out


def _dataset(space: Workspace) -> dict[str, object]:
    file = space.path / "configs/tasks/numbers.yaml"
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["dataset"])


def test_models_of_one_run_are_compared(workspace: Workspace):
    ask(workspace, "out", 1, models=("first", "second"), seed=1)
    workspace.write_model("third", {})

    end = compare(workspace, "out", "--json")
    named = compare(workspace, "out:second", "out:first", "--json")
    unknown = compare(workspace, "out:secnd", "out:first")

    assert (0, 0, 2) == (end.code, named.code, unknown.code), end.err + named.err
    assert [("first", "second")] == [(one["model_a"], one["model_b"]) for one in end.json["pairs"]]
    assert [("second", "first")] == [
        (one["model_a"], one["model_b"]) for one in named.json["pairs"]
    ]
    assert 'did you mean "second"?' in unknown.err


def test_a_model_that_is_gone_ends_with_5(workspace: Workspace):
    ask(workspace, "before", models=("model", "other"))
    ask(workspace, "after")
    workspace.vlmhb("mark", "after", "model", "chosen", "--note", "it stayed")

    end = compare(workspace, "before", "after", "--fail-on-regression", "cer=1")
    plain = compare(workspace, "before", "after")

    assert (5, 0) == (end.code, plain.code), end.err
    (line,) = [line for line in end.err.splitlines() if line]
    assert "cannot be judged: cer, before:other -> after: B has no such model" == line
    assert "B  after:model (chosen: it stayed)" in end.out


def test_a_folder_that_cannot_be_written_is_told(workspace: Workspace):
    ask(workspace, "out", models=("first", "second"))
    (workspace.path / "file").write_text("in the way")

    end = compare(workspace, "out", "--out", "file/below")

    assert 4 == end.code
    assert "cannot make file/below" in end.err
    assert "Traceback" not in end.err


def test_the_guide_works_as_it_stands(workspace: Workspace):
    ask(workspace, "runs/before", models=("model", "other"))
    ask(workspace, "runs/after", 1, models=("model", "other"))

    steps = follow("compare.md", workspace.path, workspace.environment())

    assert [0, 5] == [step.returncode for step in steps], [step.stderr for step in steps]
    assert (workspace.path / "gate/comparison.html").is_file()
    shown = block("compare.md", "A  runs/before:m").splitlines()
    headings = [line for line in shown if "McNemar" in line or line.startswith("fields: ")]
    said = steps[0].stdout.replace("numbers: ", "fields: ")
    assert [] == not_in(said, "\n".join(headings))
