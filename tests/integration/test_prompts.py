"""Prompt sets, filters and limits in a run as a user meets them."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.guides import follow
from tests.workspace import Finished, Workspace
from vlmhb.domain.answer import Answer, Asked
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv

COLLECTION = "prompt;doc_class_question_type;cer\nВерни {число};form field0;0.1\n"


@pytest.fixture
def space(workspace: Workspace) -> Workspace:
    """Rows 0, 2 and 4 are of the split `tune`; the fields of the rows are 0, 1, 2, 0, 1, 2."""
    path = workspace.path / "data/annotation.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    split = [
        row.replace(";;", ";tune;" if n % 2 == 0 else ";test;", 1) for n, row in enumerate(rows)
    ]
    path.write_text("\n".join([header, *split]) + "\n", encoding="utf-8")
    (workspace.path / "configs/prompts").mkdir()
    return workspace


def run(space: Workspace, *words: str) -> Finished:
    return space.vlmhb("run", "run", "--out", "out", *words)


def asked(space: Workspace) -> dict[str, Asked]:
    """Sample id -> what the journal says was asked."""
    outcomes = read_journal(space.path / "out/answers.jsonl").outcomes
    with (space.path / "out/derived/answers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        outcome = outcomes[row["request_id"]]
        assert isinstance(outcome, Answer)
        assert outcome.asked is not None
        assert row["prompt_source"] == outcome.asked.source
        assert row["prompt"] == outcome.asked.prompt
        found[row["sample_id"]] = outcome.asked
    return found


def write_task(space: Workspace, **changes: Any) -> None:
    path = space.path / "configs/tasks/numbers.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    space.write_yaml("configs/tasks/numbers.yaml", {k: v for k, v in content.items() if v})


def write_set(space: Workspace, **content: Any) -> None:
    space.write_yaml("configs/prompts/mine.yaml", {"version": "2", **content})


def test_the_prompt_of_each_sample_and_where_it_comes_from_are_kept(space: Workspace):
    (space.path / "configs/prompts/tuned.csv").write_text(COLLECTION, encoding="utf-8-sig")
    write_set(
        space,
        collection="tuned.csv",
        classes={"form": {"prompt": "{{ question }} {{ question_type }}, {{ metadata.split }}?"}},
        fixed={"system_prompt": "Be brief."},
    )
    write_task(space, prompt=None, prompts="mine")

    end = run(space)

    assert 0 == end.code, end.err
    system = "; system prompt mine@2 fixed"
    literal = Asked("Верни {число}", "Be brief.", f"mine@2 field form field0{system}")
    rendered = Asked("Which number? field1, test?", "Be brief.", f"mine@2 class form{system}")
    found = asked(space)
    assert {"0": literal, "1": rendered} == {key: found[key] for key in "01"}


def test_a_run_is_scored_from_its_folder_alone_with_the_prompts_it_had(space: Workspace):
    write_set(space, default={"prompt": "Well, {{ question }}"})
    space.write_yaml(
        "configs/runs/run.yaml",
        {"models": ["model"], "tasks": ["numbers"], "prompts": [{"model": "model", "set": "mine"}]},
    )
    run(space)
    before = (space.path / "out/derived/answers.csv").read_bytes()
    for file in ("prompts/mine", "tasks/numbers", "models/model", "runs/run"):
        (space.path / f"configs/{file}.yaml").unlink()

    end = space.vlmhb("score", "out")

    assert 0 == end.code, end.err
    assert before == (space.path / "out/derived/answers.csv").read_bytes()
    assert {"Well, Which number?"} == {one.prompt for one in asked(space).values()}


def test_continuing_with_another_set_of_a_model_is_refused_and_named(space: Workspace):
    write_set(space, default={"prompt": "Well, {{ question }}"})
    space.write_model("model", {}, prompts={"*": "mine"})
    run(space)
    write_set(space, default={"prompt": "So, {{ question }}"})

    end = run(space)

    assert 2 == end.code
    assert "models.model.prompts" in end.err


def test_rows_that_a_set_was_tuned_on_are_not_asked_about_and_told(space: Workspace):
    write_set(space, default={"prompt": "{{ question }}"}, tuned_on={"split": "tune"})
    write_task(space, prompt=None, prompts="mine")

    plan = space.vlmhb("plan", "run")
    end = run(space)
    results = json.loads((space.path / "out/derived/results.json").read_text())

    told = "3 that mine@2 was tuned on"
    assert f"left out: {told}" in plan.out
    assert f"left out: numbers: {told}" in end.out
    assert {"1", "3", "5"} == set(asked(space))
    left_out = results["tasks"][0]["left_out"]
    assert (3, ["mine@2"]) == (left_out["tuned"], left_out["tuned_sets"])
    assert left_out == results["provenance"]["datasets"]["numbers"]["left_out"]


def test_a_prompt_that_fails_on_a_sample_stops_everything_before_it_starts(space: Workspace):
    write_task(space, prompt="{{ metadata.colour }}")

    ends = [run(space), space.vlmhb("plan", "run"), space.vlmhb("validate", "run")]

    assert [2, 2, 2] == [end.code for end in ends]
    problem = (
        "task numbers: sample 0 and 5 more: prompt numbers@1 default: the metadata has no 'col"
    )
    assert all(problem in end.err for end in ends)
    assert not (space.path / "out").exists()


def test_the_old_way_to_write_the_question_is_pointed_out(space: Workspace):
    write_task(space, prompt="{question}")

    end = space.vlmhb("validate", "run")

    assert 2 == end.code
    assert "numbers.yaml:" in end.err
    assert "prompt: got '{question}', expected {{ question }} instead of {question}" in end.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--filter", "question_type=field0"), {"0", "3"}),
        (("--filter", "split=test", "--filter", "question_type=field0,field1"), {"1", "3"}),
    ],
)
def test_a_filter_asks_about_part_of_a_task(
    space: Workspace, words: tuple[str, ...], expected: set[str]
):
    end = run(space, *words)

    assert 0 == end.code, end.err
    assert expected == set(asked(space))
    assert f"left out: numbers: {6 - len(expected)} by the filters" in end.out


def test_another_filter_is_another_run(space: Workspace):
    run(space, "--filter", "split=test")

    end = run(space, "--filter", "split=tune")

    assert 2 == end.code
    assert "tasks.numbers.dataset" in end.err


def test_a_plan_tells_what_was_picked(space: Workspace):
    end = space.vlmhb("plan", "run", "--json", "--filter", "split=test", "--limit", "2")

    (task,) = end.json["tasks"]
    assert ("numbers", 2, 2, 0) == tuple(
        task[key] for key in ("task", "samples", "documents", "groups")
    )
    assert (3, 1) == (task["left_out"]["filtered"], task["left_out"]["limited"])
    assert 2 == sum(kind["samples"] for kind in task["kinds"])
    assert {"form"} == {kind["doc_class"] for kind in task["kinds"]}


def test_prompt_sets_are_listed(space: Workspace):
    write_set(space, default={"prompt": "x"})

    listed = space.vlmhb("list", "prompts").out.split()

    assert {"mine", "vlmeval-mcq"} <= set(listed)


def test_the_guide_works_as_it_stands(tmp_path: Path, shared_envs: Path):
    steps = follow("prompts.md", tmp_path, Workspace(tmp_path, shared_envs).environment())

    assert [0] * 3 == [step.returncode for step in steps], [step.stderr for step in steps]
    assert "3 that invoices@1 was tuned on" in steps[1].stdout
    assert "invoices@1 " in steps[2].stdout
