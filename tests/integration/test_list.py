"""`vlmhb list`: what is here."""

from tests.workspace import Workspace


def test_runs_are_listed_with_what_came_of_them(workspace: Workspace):
    workspace.write_model("model", {"faults": {"page1": "raise"}})
    end = workspace.vlmhb("run", "run", "--out", "runs/first")
    (workspace.path / "runs/broken").mkdir()
    (workspace.path / "runs/broken/run.json").write_text("{}")

    listed = workspace.vlmhb("list", "runs")
    told = workspace.vlmhb("list", "runs", "--json")

    assert 3 == end.code
    assert (0, "") == (listed.code, listed.err)
    runs = {run["folder"].rpartition("/")[2]: run for run in told.json["runs"]}
    assert {"first", "broken"} == runs.keys()
    done = runs["first"]
    assert ("done", 5, 1) == (done["status"], done["answered"], done["failed"])
    assert (["numbers"], ["model"], None) == (done["tasks"], done["models"], done["shard"])
    assert ("damaged", None) == (runs["broken"]["status"], runs["broken"]["answered"])
    started = done["started_at"].rstrip("Z").split("T")
    lines = [line.split() for line in listed.out.splitlines()]
    assert ["runs/first", *started, "done", "1", "x", "1", "5", "1"] in lines
    assert ["runs/broken", "damaged"] in lines
    assert "  run.json: " in listed.out


def test_runs_are_looked_for_where_they_are_made(workspace: Workspace):
    workspace.vlmhb("run", "run", VLMHB_RUNS="elsewhere")

    assert "no runs in" in workspace.vlmhb("list", "runs").out
    listed = workspace.vlmhb("list", "runs", "--json", VLMHB_RUNS="elsewhere")
    assert ["done"] == [run["status"] for run in listed.json["runs"]]


def test_datasets_are_listed_with_their_tasks_and_whether_they_are_here(workspace: Workspace):
    listed = workspace.vlmhb("list", "datasets", "--json", VLMHB_DATASETS="fetched", LMUData="no")

    assert 0 == listed.code, listed.err
    datasets = {one["name"]: one for one in listed.json["datasets"] if one["format"] != "jsonl"}
    assert (True, ["numbers"]) == (datasets["numbers"]["here"], datasets["numbers"]["tasks"])
    assert (False, ["docvqa-val"]) == (
        datasets["DocVQA_VAL"]["here"],
        datasets["DocVQA_VAL"]["tasks"],
    )
    assert "mws-vision-bench" in listed.err


def test_a_task_that_is_wrong_does_not_hide_the_others(workspace: Workspace):
    (workspace.path / "configs/tasks/wrong.yaml").write_text("version: 1\n")

    listed = workspace.vlmhb("list", "datasets")

    assert 0 == listed.code
    assert "configs/tasks/wrong.yaml:1:10 version: got 1" in listed.err
    assert "numbers  " in listed.out


def test_built_envs_are_listed_as_env_list_does(workspace: Workspace):
    workspace.vlmhb("env", "build", "toy")

    listed, known = workspace.vlmhb("list", "envs"), workspace.vlmhb("env", "list")

    assert 0 == listed.code
    assert "toy" in listed.out
    assert known.out == listed.out
    assert "toy" in [env["name"] for env in workspace.vlmhb("list", "envs", "--json").json["envs"]]
