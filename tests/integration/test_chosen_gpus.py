"""A run on some of the GPUs, which goes on with others."""

import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from tests.build import model
from tests.fakes import FakeGpus, OccupiedGpus, gpu
from tests.integration.test_gpus_in_a_run import Setup
from tests.workspace import Workspace, derived_files
from vlmhb.config import Overrides
from vlmhb.domain.gpu_choice import read_choice
from vlmhb.errors import Interrupted
from vlmhb.pipeline import RunEnd, RunOptions, run
from vlmhb.schedule.progress import Answered, GaveUp, ModelLoaded, Progress
from vlmhb.store import Segment, read_manifest
from vlmhb.system.gpus import Gpu

pytestmark = pytest.mark.uv


class Watcher:
    """Stops the run once so many answers are there."""

    def __init__(self, stop_after: int = 0) -> None:
        self._left = stop_after

    def planned(self, folder: Path, left: Mapping[str, int], done: Mapping[str, int]) -> None:
        pass

    def see(self, step: Progress) -> None:
        if isinstance(step, Answered):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def gpus() -> FakeGpus:
    """Two that no other test has a lease of."""
    return FakeGpus(*(Gpu(f"GPU-{uuid4()}", "GPU", 24.0) for _ in range(2)))


@pytest.fixture
def space(tmp_path: Path, shared_envs: Path) -> Workspace:
    made = Workspace.create(tmp_path / "user", shared_envs, samples=40)
    made.write_model("model", {"delay_s": 0.02}, min_gpu_memory_gib=1)
    return made


def start(space: Workspace, gpus: FakeGpus, choice: str, watcher: Watcher) -> RunEnd:
    options = RunOptions(
        str(space.path / "configs/runs/run.yaml"),
        Overrides(gpus=read_choice(choice), sandbox="0"),
        envs=space.envs,
        datasets=space.path / "datasets",
        runs=space.path / "runs",
        find_gpus=lambda: gpus,
    )
    return run(options, watcher)


def used(segment: Segment) -> set[str]:
    """UUIDs of the GPUs that workers of that start had."""
    return {worker.gpu.uuid for worker in segment.workers if worker.gpu is not None}


def documents(space: Workspace, end: RunEnd) -> dict[str, object]:
    """The tables, and results.json, without what tells of the machine and its GPUs."""
    end.run_dir.telemetry.unlink()
    assert 0 == space.vlmhb("report", str(end.run_dir.path)).code
    files = derived_files(end.run_dir.path)
    results = json.loads(files["results.json"])
    assert results["provenance"].pop("hardware")
    assert results["provenance"]["models"]["model"].pop("machines")
    tables = {name: content for name, content in files.items() if name.endswith(".csv")}
    return {"results.json": results, **tables}


def test_a_run_goes_on_with_another_number_of_gpus_to_the_same_documents(
    space: Workspace, gpus: FakeGpus
):
    one, two = (gpu.uuid for gpu in gpus.usable)

    with pytest.raises(Interrupted):
        start(space, gpus, "1,", Watcher(stop_after=5))
    end = start(space, gpus, "2", Watcher())
    first, second = read_manifest(end.run_dir.manifest).segments
    resumed = documents(space, end)
    (space.path / "runs").rename(space.path / "before")
    calm = start(space, gpus, "1", Watcher())

    assert ({two}, 1) == (used(first), len(first.gpus))
    assert one in used(second) <= {one, two}
    assert 2 == len(second.gpus)
    assert documents(space, calm) == resumed


def test_where_there_is_no_gpu_none_can_be_chosen_by_option_variable_or_file(workspace: Workspace):
    ask = {"CUDA_VISIBLE_DEVICES": ""}
    ends = [
        workspace.vlmhb("plan", "run", "--offline", "--gpus", "1", **ask),
        workspace.vlmhb("plan", "run", "--offline", **ask, VLMHB_PLAN_GPUS="0,1"),
        workspace.vlmhb("run", "run", "--offline", "--set", "gpus=[0]", **ask),
    ]
    without = workspace.vlmhb("plan", "run", "--offline", "--gpus", "0", **ask)
    wrong = workspace.vlmhb("plan", "run", "--offline", "--gpus", "one", **ask)

    assert [4, 4, 4] == [end.code for end in ends]
    assert all("no GPU that models may use" in end.err for end in ends)
    assert not (workspace.path / "runs").exists()
    assert 0 == without.code
    assert (2, True) == (wrong.code, "expected a number of GPUs like 2" in wrong.err)


def test_a_worker_on_a_slice_sees_the_slice(tmp_path: Path):
    """Its memory is taken when a process has it in CUDA_VISIBLE_DEVICES."""
    setup = Setup(tmp_path, OccupiedGpus(Gpu("MIG-1", "GPU MIG 2g.20gb", 19.5)), model("one"))

    (loaded,) = (step for step in setup.steps() if isinstance(step, ModelLoaded))

    assert loaded.gpu is not None
    before, now = loaded.gpu.before_bytes, loaded.gpu.loaded_bytes
    assert ("MIG-1", True) == (loaded.gpu.uuid, (now or 0) > (before or 0))


def test_a_model_that_is_split_gets_whole_gpus_of_its_own(tmp_path: Path):
    gpus = (gpu("a"), Gpu("MIG-1", "GPU MIG 2g.20gb", 19.5), gpu("b"))
    setup = Setup(tmp_path, FakeGpus(*gpus), model("one", gpus=2), model("large", gpus=3))

    steps = list(setup.steps())

    (loaded,) = (step for step in steps if isinstance(step, ModelLoaded))
    had = {one.uuid for one in (loaded.gpu, *loaded.more_gpus) if one is not None}
    assert {"GPU-a", "GPU-b"} == had
    (given_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert given_up.reason.startswith("it needs 3 GPUs; there are 2 here, beside MIG slices")
