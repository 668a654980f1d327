"""`vlmhb export` to experiment trackers: the real packages, in their modes without a network."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import Finished, Workspace
from vlmhb.config import load_envspec, read_environ
from vlmhb.env import EnvStore

ROOT = Path(__file__).parents[2]
ENVSPEC = ROOT / "tests/oracles/trackers/envspec.yaml"


@dataclass(frozen=True)
class Trackers:
    """An env that holds all of them, and what vlmhb needs."""

    python: str

    def run(self, *words: str, cwd: Path, **more: str) -> Finished:
        path = os.pathsep.join((str(ROOT), str(ROOT / "worker_entry")))
        ended = subprocess.run(
            [self.python, *words],
            cwd=cwd,
            env=dict(os.environ) | {"PYTHONPATH": path, **more},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Finished(ended.returncode, ended.stdout, ended.stderr)

    def export(self, cwd: Path, *words: str, **more: str) -> Finished:
        return self.run("-m", "vlmhb", "export", "first", *words, "--json", cwd=cwd, **more)

    def read(self, cwd: Path, script: str, **more: str) -> Any:
        """What a script of the tracker's own user would see, as it printed it last."""
        ended = self.run("-c", script, cwd=cwd, **more)
        assert 0 == ended.code, ended.err
        return json.loads(ended.out.splitlines()[-1])


@pytest.fixture(scope="module")
def trackers() -> Trackers:
    env = EnvStore(read_environ().envs).ensure(load_envspec(str(ENVSPEC)))
    return Trackers(str(env.python))


@pytest.fixture
def folder(workspace: Workspace) -> Path:
    """Six answers made elsewhere, one of them wrong, and a decision."""
    rows = "id;model_answer\n0;0\n1;one\n2;2\n3;3\n4;4\n5;5\n"
    (workspace.path / "theirs.csv").write_text(rows, encoding="utf-8")
    words = ("import", "theirs.csv", "--task", "numbers", "--model", "модель", "--out", "first")
    assert 0 == workspace.vlmhb(*words).code
    assert 0 == workspace.vlmhb("mark", "first", "модель", "chosen", "--note", "cheap").code
    return workspace.path


def exact_match(folder: Path) -> float:
    results = json.loads((folder / "first/derived/results.json").read_text(encoding="utf-8"))
    figures = results["leaderboard"][0]["rows"][0]["figures"]
    return float(next(one["value"] for one in figures if one["metric"] == "exact_match"))


def refused_twice(trackers: Trackers, folder: Path, name: str) -> None:
    """Exported once more it is refused; with --replace there is still one."""
    words = ("--format", name, "--out", "theirs", "--project", "ours")
    again = trackers.export(folder, *words)
    replaced = trackers.export(folder, *words, "--replace")

    assert (2, 0) == (again.code, replaced.code), again.err + replaced.err
    assert "модель" in again.err
    assert "--replace" in again.err


def test_mlflow_has_a_run_for_each_model(trackers: Trackers, folder: Path):
    end = trackers.export(folder, "--format", "mlflow", "--out", "theirs", "--project", "ours")

    assert 0 == end.code, end.err
    refused_twice(trackers, folder, "mlflow")
    script = """
import json
from mlflow.tracking import MlflowClient
client = MlflowClient(tracking_uri="sqlite:///theirs/mlflow.db")
experiment = client.get_experiment_by_name("ours")
found = [
    [run.info.run_name, run.data.metrics, run.data.tags, run.data.params,
     sorted(file.path for file in client.list_artifacts(run.info.run_id))]
    for run in client.search_runs([experiment.experiment_id])
]
print(json.dumps(found))
"""
    ((name, metrics, tags, params, files),) = trackers.read(folder, script)
    assert "модель" == name
    assert pytest.approx(exact_match(folder)) == metrics["numbers/exact_match"]
    assert 6 == metrics["numbers/exact_match/n_scored"]
    assert ("first", "chosen", "cheap") == tuple(
        tags[f"vlmhb.{key}"] for key in ("run", "decision", "decision_note")
    )
    assert "imported" == params["backend"]
    assert ["metrics.csv", "results.json", "results.md"] == files


def test_wandb_keeps_a_run_for_each_model_offline(trackers: Trackers, folder: Path):
    end = trackers.export(folder, "--format", "wandb", "--out", "theirs", "--project", "ours")

    assert 0 == end.code, end.err
    refused_twice(trackers, folder, "wandb")
    script = """
import json, pathlib, struct
from wandb.proto import wandb_internal_pb2
(file,) = pathlib.Path("theirs/wandb").glob("offline-run-*/*.wandb")
content, told, summary, record = file.read_bytes()[7:], {}, {}, b""
place, block = 0, 7
while len(content) - place >= 7:
    if (place + block) % 32768 > 32768 - 7:
        place += 32768 - (place + block) % 32768
        continue
    length, kind = struct.unpack("<HB", content[place + 4 : place + 7])
    record += content[place + 7 : place + 7 + length]
    place += 7 + length
    if kind not in (1, 4):
        continue
    read, record = wandb_internal_pb2.Record.FromString(record), b""
    if read.HasField("run"):
        told = {"name": read.run.display_name, "project": read.run.project}
    for item in read.summary.update:
        summary["/".join(item.nested_key) or item.key] = json.loads(item.value_json)
print(json.dumps([told, summary]))
"""
    told, summary = trackers.read(folder, script)
    assert {"name": "модель", "project": "ours"} == told
    assert pytest.approx(exact_match(folder)) == summary["numbers/exact_match"]


def test_trackio_has_a_run_for_each_model(trackers: Trackers, folder: Path):
    end = trackers.export(folder, "--format", "trackio", "--out", "theirs", "--project", "ours")

    assert 0 == end.code, end.err
    refused_twice(trackers, folder, "trackio")
    script = """
import json, trackio
from trackio.sqlite_storage import SQLiteStorage
found = [
    [run.name, run.config, SQLiteStorage.get_logs("ours", run.name, run_id=run.id)]
    for run in trackio.Api().runs("ours")
]
print(json.dumps(found, default=str))
"""
    ((name, config, logs),) = trackers.read(folder, script, TRACKIO_DIR=str(folder / "theirs"))
    assert name.startswith("модель")
    assert ("first", "imported") == (config["vlmhb.run"], config["params"]["backend"])
    assert pytest.approx(exact_match(folder)) == logs[-1]["numbers/exact_match"]


@pytest.mark.parametrize("name", ["mlflow", "wandb", "trackio"])
def test_a_tracker_that_is_not_installed_is_named(workspace: Workspace, folder: Path, name: str):
    (folder / "without").mkdir()
    text = f"raise ModuleNotFoundError(\"No module named '{name}'\")"
    (folder / "without" / f"{name}.py").write_text(text)

    end = workspace.vlmhb(
        *("export", "first", "--format", name), PYTHONPATH=str(folder / "without")
    )

    assert 2 == end.code
    assert f"Next: pip install 'vlmhb[{name}]'" in end.err


def test_what_a_tracker_says_when_it_refuses_is_shown(trackers: Trackers, folder: Path):
    nowhere = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}

    end = trackers.export(folder, "--format", "mlflow", **nowhere)

    assert 4 == end.code
    assert "cannot export to mlflow" == json.loads(end.out)["error"]["doing"]
    assert "cannot export to mlflow" in end.err
    assert "127.0.0.1" in end.err
    assert "Traceback" not in end.err
