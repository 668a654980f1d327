"""`--shard`: several runs that share the samples of one, and what a merge makes of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import Finished, Workspace, derived_files

pytestmark = pytest.mark.uv

SAMPLES = 14
SAME_DOCUMENTS = ("answers.csv", "scores.csv", "metrics.csv")


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture
def space(tmp_path: Path, shared_envs: Path) -> Workspace:
    """Two tasks about the same pages, some of which make documents, for two kinds of models."""
    space = Workspace.create(tmp_path, shared_envs, samples=SAMPLES)
    annotation = space.path / "data/annotation.csv"
    head, *rows = annotation.read_text().splitlines()
    of_documents = [
        f"{row};contract{number // 2};{'north' if number == 0 else ''}"
        for number, row in enumerate(rows)
    ]
    annotation.write_text("\n".join([f"{head};document;region", *of_documents]))
    space.write_model("model", {"answers": {"page1": "1", "page4": "5"}})
    space.write_model("reader", {"answers": {"page2": "2"}}, answers="page_text")
    task = (space.path / "configs/tasks/numbers.yaml").read_text()
    (space.path / "configs/tasks/words.yaml").write_text(
        task.replace("prompt:", "macro_by: [[question_type]]\ngroup_by: [[region]]\nprompt:")
    )
    run_file = {"models": ["model", "reader"], "tasks": ["numbers", "words"]}
    space.write_yaml("configs/runs/run.yaml", run_file)
    return space


@pytest.fixture
def small(tmp_path: Path, shared_envs: Path) -> Workspace:
    return Workspace.create(tmp_path, shared_envs, samples=SAMPLES)


def run(space: Workspace, *words: str) -> Finished:
    return space.vlmhb("run", "run", "--ui", "none", *words)


def run_shards(space: Workspace, of: int, *words: str) -> list[str]:
    """The folders of all of them."""
    for number in range(1, of + 1):
        end = run(space, "--shard", f"{number}/{of}", "--out", f"shards/{number}", *words)
        assert 0 == end.code, end.err
    return [f"shards/{number}" for number in range(1, of + 1)]


def asked(space: Workspace, folders: Iterable[str]) -> list[str]:
    """`model/request` of every answer of these runs."""
    files = (space.path / folder / "derived/answers.csv" for folder in folders)
    return [line for file in files for line in file.read_text("utf-8").splitlines()[1:]]


@pytest.mark.parametrize(
    "picked", [(), ("--limit", "7", "--filter", "question_type=field0,field1")]
)
def test_all_shards_together_are_the_run(space: Workspace, picked: tuple[str, ...]):
    assert 0 == run(space, "--out", "whole", *picked).code
    folders = run_shards(space, 3, *picked)

    end = space.vlmhb("merge", *reversed(folders), "--out", "all")

    assert 0 == end.code, end.err
    whole, merged = space.path / "whole", space.path / "all"
    ours, theirs = derived_files(merged), derived_files(whole)
    assert theirs.keys() == ours.keys()
    assert {name: theirs[name] for name in SAME_DOCUMENTS} == {
        name: ours[name] for name in SAME_DOCUMENTS
    }
    assert read(whole / "inputs.json") == read(merged / "inputs.json")
    before, after = read(whole / "run.json"), read(merged / "run.json")
    assert before["fingerprint"] == after["fingerprint"]
    assert sorted(asked(space, ["whole"])) == sorted(asked(space, folders))
    journals = [
        (space.path / folder / "answers.jsonl").read_bytes().splitlines()[1:]
        for folder in (*folders, "whole")
    ]
    assert len(journals.pop()) == sum(map(len, journals)), "something was asked twice"
    assert "other shards" not in end.out


def test_a_shard_says_what_it_is_and_how_much_the_others_have(space: Workspace):
    planned = space.vlmhb("plan", "run", "--shard", "1/2", "--offline")
    facts = space.vlmhb("plan", "run", "--set", "shard=2/2", "--offline", "--json").json
    end = run(space, "--shard", "2/2", "--out", "two", "--json")
    told = run(space, "--shard", "2/2", "--out", "two")

    others, own = facts["tasks"][0]["left_out"]["other_shards"], facts["tasks"][0]["samples"]
    assert SAMPLES == others + own
    assert "\nshard: 1/2\n" in planned.out
    assert f"left out: {own} in other shards" in planned.out
    assert ([], False) == (facts["notes"], "note:" in planned.out), "of a key that the others have"
    assert "2/2" == facts["shard"] == end.json["shard"]
    assert f"left out: numbers: {others} in other shards; words: {others}" in told.out
    results = read(space.path / "two/derived/results.json")
    assert "2/2" == results["provenance"]["shard"]
    assert [others, others] == [task["left_out"]["other_shards"] for task in results["tasks"]]
    recorded = read(space.path / "two/run.json")["shard"]
    assert {"number": 2, "of": 2} == recorded["shard"]
    assert [SAMPLES, SAMPLES] == [task["samples"] for task in recorded["tasks"]]


def test_a_folder_belongs_to_one_shard(small: Workspace):
    first = run(small, "--shard", "1/2", "--out", "one")
    length = (small.path / "one/answers.jsonl").stat().st_size

    again = run(small, "--shard", "1/2", "--out", "one")
    other = run(small, "--shard", "2/2", "--out", "one")
    more = run(small, "--shard", "1/3", "--out", "one")
    everything = run(small, "--out", "one")

    assert [0, 0, 2, 2, 2] == [end.code for end in (first, again, other, more, everything)]
    assert "it asks about shard 1/2, not about shard 2/2" in other.err
    assert "it asks about shard 1/2, not about shard 1/3" in more.err
    assert "it asks about shard 1/2, not about all samples" in everything.err
    assert length == (small.path / "one/answers.jsonl").stat().st_size


def test_machines_that_share_a_folder_of_runs_find_their_own_again(small: Workspace):
    """The same command everywhere, three at a time, and once more after they were all stopped."""
    for _ in range(2):
        started = [
            small.start("run", "run", "--ui", "none", VLMHB_RUN_SHARD=f"{number}/3")
            for number in (1, 2, 3)
        ]
        ends = [process.communicate(timeout=600) for process in started]
        assert [0, 0, 0] == [process.returncode for process in started], ends

    names = sorted(folder.name.split("_")[1] for folder in (small.path / "runs").iterdir())
    merged = small.vlmhb(
        "merge", *(f"runs/{f.name}" for f in (small.path / "runs").iterdir()), "--out", "all"
    )

    assert ["run-shard-1-of-3", "run-shard-2-of-3", "run-shard-3-of-3"] == names
    assert 0 == merged.code, merged.err


def test_missing_shards_are_named_until_they_are_there(small: Workspace):
    folders = run_shards(small, 3)

    one = small.vlmhb("merge", folders[0], "--out", "one")
    more = small.vlmhb("merge", "one", folders[2], "--out", "more", "--json")
    twice = small.vlmhb("merge", *folders, "more", "--out", "all", "--json")

    assert [3, 3, 0] == [end.code for end in (one, more, twice)], one.err
    assert "shards 2 and 3 of 3 are missing: model on numbers: " in one.out
    assert "Next: the same `vlmhb run` with --shard 2/3 and so on" in one.out
    assert [([2], 3)] == [(lack["shards"], lack["of"]) for lack in more.json["missing_shards"]]
    assert ["1/3", "3/3"] == [part["shard"] for part in more.json["parts"]]
    assert ([], []) == (twice.json["missing_shards"], twice.json["missing"])
    assert 0 < twice.json["repeated"]
    parts = read(small.path / "more/derived/results.json")["provenance"]["parts"]
    assert ["1/3", "3/3"] == [part["shard"] for part in parts.values()]


def test_a_shard_without_samples_is_no_error_and_merges(tmp_path: Path, shared_envs: Path):
    space = Workspace.create(tmp_path, shared_envs, samples=2)

    ends = [run(space, "--shard", f"{n}/3", "--out", f"shards/{n}") for n in (1, 2, 3)]
    merged = space.vlmhb("merge", *(f"shards/{n}" for n in (1, 2, 3)), "--out", "all")
    listed = space.vlmhb("list", "runs", "--json", VLMHB_RUNS="shards")

    assert [0, 0, 0, 0] == [end.code for end in (*ends, merged)], merged.err
    empty = [n for n, end in enumerate(ends, 1) if "has none of its 2 samples" in end.out]
    assert empty
    assert f"note: numbers: shard {empty[0]}/3 has none" in ends[empty[0] - 1].out
    assert {("done", f"{number}/3") for number in (1, 2, 3)} == {
        (one["status"], one["shard"]) for one in listed.json["runs"]
    }
    assert "1 x 1, shard 2/3 " in space.vlmhb("list", "runs", VLMHB_RUNS="shards").out


def test_what_is_no_shard_is_refused_wherever_it_is_said(small: Workspace):
    ends = [
        run(small, "--shard", "9/8"),
        small.vlmhb("plan", "run", "--shard", "9/8"),
        small.vlmhb("run", "run", VLMHB_RUN_SHARD="9/8"),
        run(small, "--set", "shard=9/8"),
    ]

    assert [2] * 4 == [end.code for end in ends]
    assert all("from 1 to 8" in end.err for end in ends)
    assert not (small.path / "runs").exists()
