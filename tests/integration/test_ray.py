"""A run on the nodes of a Ray cluster, with the real command line and real envs."""

import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ray_nodes import Nodes, ray_nodes
from tests.workspace import Finished, Workspace, derived_files
from vlmhb.store.journal import read_journal
from vlmhb.store.manifest import RunManifest, WorkerStart, read_manifest

pytestmark = [pytest.mark.uv, pytest.mark.ray]

TASKS = ("one", "two", "three", "four")
MODELS = ("model", "other")
SAMPLES = 24
ASKED = len(TASKS) * len(MODELS) * SAMPLES
PATIENCE_S = 120.0
SECRET = "of the nodes"
TOY_ENV = Path(__file__).parents[2] / "envspecs/toy"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with ray_nodes(tmp_path_factory.mktemp("nodes"), TOY_TOKEN=SECRET) as cluster:
        cluster.add()
        cluster.add()
        yield cluster


@pytest.fixture
def space(tmp_path: Path, shared_envs: Path) -> Workspace:
    """Two models and four tasks."""
    made = Workspace.create(tmp_path / "user", shared_envs, SAMPLES)
    task = (made.path / "configs/tasks/numbers.yaml").read_text()
    for name in TASKS:
        other = task.replace("{{ question }}", f"{name}: {{{{ question }}}}")
        (made.path / f"configs/tasks/{name}.yaml").write_text(other)
    made.write_model("other", {"delay_s": 0.02})
    made.write_model("model", {"delay_s": 0.02, "batch_size": 2})
    made.write_yaml("configs/runs/run.yaml", {"models": ["model", "other"], "tasks": [*TASKS]})
    return made


ON_RAY = ("run", "run", "--executor", "ray", "--out", "out")


def on_ray(space: Workspace, nodes: Nodes, *words: str) -> Finished:
    return space.vlmhb(*ON_RAY, *words, RAY_ADDRESS=nodes.address)


def start_on_ray(space: Workspace, nodes: Nodes, *words: str) -> "subprocess.Popen[str]":
    return space.start(*ON_RAY, *words, RAY_ADDRESS=nodes.address)


def answered(space: Workspace) -> int:
    """Lines of the journal."""
    journal = space.path / "out/answers.jsonl"
    return max(0, journal.read_bytes().count(b"\n") - 1) if journal.exists() else 0


def test_nodes_give_the_same_as_this_machine_and_keep_nothing(space: Workspace, nodes: Nodes):
    here = space.vlmhb("run", "run", "--out", "here")
    there = on_ray(space, nodes)

    assert (0, 0) == (here.code, there.code), there.err
    ours, theirs = derived_files(space.path / "here"), derived_files(space.path / "out")
    assert ours.keys() == theirs.keys()
    for name in ("answers.csv", "scores.csv", "metrics.csv"):
        assert ours[name] == theirs[name]
    assert [] == nodes.kept()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Until it is so; only a broken test waits long."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.02)  # nobody tells about other processes


def slowly(space: Workspace) -> None:
    """Answers take a tenth of a second, so that a run is still at it when something happens."""
    for name in ("model", "other"):
        space.write_model(name, {"delay_s": 0.1})


def ids(space: Workspace) -> set[str]:
    return set(read_journal(space.path / "out/answers.jsonl").outcomes)


def loads(space: Workspace) -> list[WorkerStart]:
    return [start for one in manifest(space).segments for start in one.workers]


def manifest(space: Workspace) -> RunManifest:
    return read_manifest(space.path / "out/run.json")


def test_when_a_node_goes_its_work_is_done_on_another(space: Workspace, nodes: Nodes):
    slowly(space)
    host = start_on_ray(space, nodes, "--max-workers", "2")  # each node has room for both
    wait_for(lambda: answered(space) >= ASKED // 8, "first answers")
    (victim, *_) = (one for one in nodes.alive if nodes.workers(one))
    before, killed_s = answered(space), time.monotonic()

    nodes.kill(victim)
    wait_for(lambda: len(loads(space)) > len(MODELS), "another worker has loaded the model")
    recovered_s = time.monotonic() - killed_s
    _, err = host.communicate(timeout=PATIENCE_S)
    nodes.add()

    assert 0 == host.returncode, err
    assert "or the whole node, is gone" in err
    assert ASKED == len(ids(space)) == answered(space)
    assert before < ASKED
    print(
        f"a node was killed after {before} of {ASKED} answers; recovered {recovered_s:.1f} s later"
    )


def test_a_worker_that_is_killed_is_replaced(space: Workspace, nodes: Nodes):
    slowly(space)
    host = start_on_ray(space, nodes)
    wait_for(lambda: answered(space) >= ASKED // 8, "first answers")
    worker = next(one for node in nodes.alive for one in nodes.workers(node))
    environment = worker.environ()

    worker.kill()
    _, err = host.communicate(timeout=PATIENCE_S)

    assert 0 == host.returncode, err
    assert "SIGKILL" in err
    assert ASKED == len(ids(space))
    assert [] == [name for name in environment if name.startswith("RAY_")]


def test_a_run_goes_on_after_its_driver_was_killed(space: Workspace, nodes: Nodes):
    slowly(space)
    host = start_on_ray(space, nodes)
    wait_for(lambda: answered(space) >= ASKED // 8, "first answers")
    host.kill()
    host.communicate()
    wait_for(lambda: not any(map(nodes.workers, nodes.alive)), "no worker is left")
    before = ids(space)
    kept = len(nodes.kept())

    done = on_ray(space, nodes)

    assert 0 == done.code, done.err
    assert ASKED == len(ids(space)) == answered(space)
    first, second = manifest(space).segments
    outcomes = read_journal(space.path / "out/answers.jsonl").outcomes.values()
    late = [one for one in outcomes if one.segment == 0 and one.request_id not in before]
    assert ASKED - len(before) - len(late) == second.answers
    assert first.finished_at is None
    assert kept > 0
    assert [] == nodes.kept()


def test_an_env_that_cannot_be_built_is_told_at_once(space: Workspace, nodes: Nodes):
    broken = space.path / "envspecs/broken"
    shutil.copytree(TOY_ENV, broken)
    (lock,) = broken.glob("*.lock")
    lock.write_text(re.sub("sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, lock.read_text()))
    space.write_model("model", {}, env="broken")

    done = on_ray(space, nodes)

    assert 3 == done.code, done.err
    assert "Hash mismatch" in done.out
    assert ASKED // 2 == answered(space)


def test_secrets_are_those_of_the_nodes(space: Workspace, nodes: Nodes):
    for name in ("model", "other"):
        space.write_model(name, {}, secrets=["TOY_TOKEN"])

    done = on_ray(space, nodes, "--limit", "2")

    assert 0 == done.code, done.err
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    assert [digest] * 2 == [start.facts["sha256 of TOY_TOKEN"] for start in loads(space)]


def test_without_a_cluster_nothing_is_started(space: Workspace):
    done = space.vlmhb("run", "run", "--executor", "ray", "--out", "out", RAY_ADDRESS="127.0.0.1:1")

    assert 4 == done.code
    assert "ray start" in done.err
