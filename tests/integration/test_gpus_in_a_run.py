"""A run and the GPUs: real workers on GPUs that fill up while a worker lives."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.build import envspec, model, request
from tests.fakes import (
    GIB,
    FakeGpus,
    HangingGpus,
    NoWeights,
    OccupiedGpus,
    ReadyEnvs,
    gpu,
)
from vlmhb.domain.answer import Answer
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request, RunConfig
from vlmhb.schedule import Supplies, execute, machine
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.progress import (
    Answered,
    GaveUp,
    GpuAwaited,
    GpuReturned,
    Measured,
    ModelLoaded,
    ModelStarting,
    Noted,
    Progress,
    WorkerLost,
)
from vlmhb.system.gpu_lease import GpuLease, LeaseHolder, take_lease
from vlmhb.system.signals import StopSignals

PATIENCE_S = 30.0
TORCH = (("torch", "2.5.0"),)


def ask(owner: str, identity: str = "r") -> Request:
    return replace(request(identity, owner), pages=())


class Setup:
    """What a run is made of."""

    def __init__(self, folder: Path, gpus: FakeGpus, *models: ModelSpec) -> None:
        self.folder = folder
        self.leases = folder / "leases" / "gpus"
        self.stop = StopSignals()
        self.gpus = gpus
        self.rules = GpuRules(self.leases)
        self.models = models
        self.max_workers: int | None = 1
        self.requests = 1
        """Of each model."""
        self.envs = ReadyEnvs(TORCH)

    def steps(self) -> Generator[Progress]:
        config = RunConfig(
            name="run",
            source="run",
            models=self.models,
            tasks=(),
            envspecs={"toy": envspec(), "plain": envspec("plain")},
            max_workers=self.max_workers,
            limit=None,
            seed=0,
        )
        left = {
            one.name: (ask(one.name), *(ask(one.name, f"r{n}") for n in range(1, self.requests)))
            for one in self.models
        }
        supplies = Supplies(self.envs, NoWeights(), gpus=self.gpus, rules=self.rules)
        return execute(config, left, supplies, self.folder, self.stop)


def test_the_next_model_starts_when_the_memory_of_the_last_one_is_back(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), model("one"), model("two"))

    steps = list(setup.steps())

    order = [
        (type(step).__name__, step.model)
        for step in steps
        if isinstance(step, ModelStarting | Answered | GpuReturned)
    ]
    assert order == [
        (name, owner)
        for owner in ("one", "two")
        for name in ("ModelStarting", "Answered", "GpuReturned")
    ]
    told = [step.figures for step in steps if isinstance(step, GpuReturned)]
    before, taken = GIB // 2, GIB // 2 + 10 * GIB
    assert [("GPU-a", before, taken, taken, before)] * 2 == [
        (one.uuid, one.before_bytes, one.loaded_bytes, one.peak_bytes, one.after_bytes)
        for one in told
    ]


def test_a_worker_sees_its_gpu_and_no_other(tmp_path: Path):
    seen = OccupiedGpus(gpu("a"), gpu("b"))
    setup = Setup(tmp_path, seen, model("one"), model("two"))
    setup.max_workers = 2

    steps = list(setup.steps())

    loaded = [step for step in steps if isinstance(step, ModelLoaded)]
    assert {"GPU-a", "GPU-b"} == {step.gpu.uuid for step in loaded if step.gpu is not None}
    assert [True, True] == [isinstance(s.outcome, Answer) for s in steps if isinstance(s, Answered)]


def test_the_driver_is_where_vlmhb_finds_it_and_only_for_workers_with_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    driver = tmp_path / "driver"
    driver.mkdir(mode=0o755)
    (driver / "libcuda.so.1").touch(mode=0o644)
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{tmp_path}:{driver}")
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), model("one"), model("two", env="plain"))

    seen = {}
    for step in setup.steps():
        if isinstance(step, ModelLoaded):
            of_workers = map(psutil.Process.environ, psutil.Process().children(recursive=True))
            seen[step.model] = {
                one["LD_LIBRARY_PATH"] for one in of_workers if "LD_LIBRARY_PATH" in one
            }

    assert {"one": {str(driver.resolve())}, "two": set()} == seen


def test_a_model_that_is_split_has_all_its_gpus_and_gives_each_back(tmp_path: Path):
    gpus = OccupiedGpus(gpu("a"), gpu("b"), gpu("c"))
    setup = Setup(tmp_path, gpus, model("split", gpus=2), model("one"))
    setup.max_workers = None

    steps = list(setup.steps())

    loaded = {step.model: step for step in steps if isinstance(step, ModelLoaded)}
    before, taken = GIB // 2, GIB // 2 + 10 * GIB
    split = loaded["split"]
    assert [("GPU-a", taken), ("GPU-b", taken)] == [
        (one.uuid, one.loaded_bytes) for one in (split.gpu, *split.more_gpus) if one is not None
    ]
    one = loaded["one"].gpu
    assert one is not None
    assert ("GPU-c", ()) == (one.uuid, loaded["one"].more_gpus)
    assert {
        ("split", "GPU-a", taken, before),
        ("split", "GPU-b", taken, before),
        ("one", "GPU-c", taken, before),
    } == {
        (step.model, step.figures.uuid, step.figures.peak_bytes, step.figures.after_bytes)
        for step in steps
        if isinstance(step, GpuReturned)
    }
    assert {"split", "one"} == {step.model for step in steps if isinstance(step, Answered)}


def test_a_model_with_enough_to_do_has_a_worker_on_each_gpu(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), gpu("b")), model("one"))
    setup.max_workers, setup.requests = None, 64

    steps = list(setup.steps())

    starting = [step for step in steps if isinstance(step, ModelStarting)]
    assert ["one", "one#2"] == [step.worker for step in starting]
    assert ["GPU-a", "GPU-b"] == sorted(
        step.figures.uuid for step in steps if isinstance(step, GpuReturned)
    )
    asked = {f"r{number}" for number in range(1, 64)} | {"r"}
    answered = [step.outcome for step in steps if isinstance(step, Answered)]
    assert (64, asked) == (len(answered), {outcome.request_id for outcome in answered})
    assert all(isinstance(outcome, Answer) for outcome in answered)


def test_a_further_worker_on_a_gpu_is_held_against_the_hosts_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(machine, "no_room", lambda pids: "2 GiB are left" if pids else "")
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), gpu("b")), model("one"))
    setup.max_workers, setup.requests = None, 64

    steps = list(setup.steps())

    assert ["one"] == [step.worker for step in steps if isinstance(step, ModelStarting)]
    assert ["one: no further worker for now: 2 GiB are left"] == [
        step.text for step in steps if isinstance(step, Noted)
    ]
    assert 64 == sum(isinstance(step, Answered) for step in steps)


def test_a_model_that_the_smaller_gpu_cannot_hold_is_tried_on_the_larger_one(tmp_path: Path):
    """And on no other that is as small."""
    gpus = OccupiedGpus(gpu("a", 24.0), gpu("b", 24.0), gpu("c", 80.0))
    large = model("large", min_gpu_memory_gib=5.0, params={"load_fault": "oom"})
    setup = Setup(tmp_path, gpus, large)
    setup.max_workers = None

    steps = list(setup.steps())

    tried = [step.figures.uuid for step in steps if isinstance(step, GpuReturned)]
    assert ["GPU-a", "GPU-c"] == tried
    (given_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert "OutOfMemoryError" in given_up.reason
    assert "take a GPU with more memory" in given_up.reason


def test_memory_that_stays_closes_the_gpu_and_its_models_are_given_up(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), leaks=True), model("one"), model("two"))
    setup.rules = GpuRules(setup.leases, settle_s=0.3)

    steps = list(setup.steps())

    (returned,) = (step for step in steps if isinstance(step, GpuReturned))
    assert "10.5 GiB in use 0.3 s after the end of its worker" in returned.problem
    assert [GaveUp("two", returned.problem)] == [s for s in steps if isinstance(s, GaveUp)]
    assert ["one"] == [step.model for step in steps if isinstance(step, Answered)]


def test_a_run_ends_when_the_driver_hangs(tmp_path: Path):
    gpus = HangingGpus(gpu("a"))
    setup = Setup(tmp_path, gpus, model("one"), model("two"))
    setup.rules = GpuRules(setup.leases, settle_s=0.3, answer_s=0.1)

    steps = []
    for step in setup.steps():
        steps.append(step)
        if isinstance(step, Answered):
            gpus.works.clear()
    gpus.works.set()

    (returned,) = (step for step in steps if isinstance(step, GpuReturned))
    assert "does not answer any more since its last worker ended" in returned.problem
    assert [GaveUp("two", returned.problem)] == [s for s in steps if isinstance(s, GaveUp)]


def test_a_model_that_does_not_fit_is_given_up_before_its_worker_starts(tmp_path: Path):
    gpus = OccupiedGpus(gpu("a", 80.0))
    setup = Setup(
        tmp_path, gpus, model("large", min_gpu_memory_gib=79.9), model("one", min_gpu_memory_gib=5)
    )
    setup.rules = GpuRules(setup.leases, occupied_s=0.0)

    steps = list(setup.steps())

    (given_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert "79.5 GiB of 80.0 GiB free, the model needs 79.9 GiB" in given_up.reason
    assert ["one"] == [step.model for step in steps if isinstance(step, ModelStarting)]
    assert not (tmp_path / "logs/large.log").exists()


def test_a_gpu_of_another_run_is_waited_for_and_the_wait_is_said(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), model("one"))
    other = take_lease(setup.leases, "GPU-a")
    assert isinstance(other, GpuLease)

    steps: list[Progress] = []
    for step in setup.steps():
        steps.append(step)
        if isinstance(step, GpuAwaited):
            other.release()

    (wait,) = (step for step in steps if isinstance(step, GpuAwaited))
    assert f"is used by vlmhb run {os.getpid()} since 20" in wait.reason
    assert isinstance([one for one in steps if not isinstance(one, Measured)][-2], Answered)


def test_models_that_need_no_gpu_do_not_wait_behind_one_that_does(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), model("one"), model("ocr", env="plain"))
    other = take_lease(setup.leases, "GPU-a")
    assert isinstance(other, GpuLease)

    answered = []
    for step in setup.steps():
        if isinstance(step, Answered):
            answered.append(step.model)
            other.release()

    assert ["ocr", "one"] == answered


def test_a_model_for_two_gpus_keeps_none_from_others_while_another_run_has_one(tmp_path: Path):
    gpus = OccupiedGpus(gpu("a"), gpu("b"))
    setup = Setup(tmp_path, gpus, model("split", gpus=2), model("one"))
    setup.max_workers = None
    other = take_lease(setup.leases, "GPU-b")
    assert isinstance(other, GpuLease)
    late = threading.Timer(PATIENCE_S, other.release)
    late.daemon = True
    late.start()

    answered = []
    for step in setup.steps():
        if isinstance(step, Answered):
            answered.append(step.model)
            other.release()
    late.cancel()

    assert ["one", "split"] == answered


def test_a_gpu_of_another_run_is_tried_again_when_whoever_tried_it_has_another_one(tmp_path: Path):
    gpus = OccupiedGpus(gpu("a", 80.0), gpu("b", 24.0))
    setup = Setup(tmp_path, gpus, model("one"), model("large", min_gpu_memory_gib=40.0))
    setup.max_workers = None
    other = take_lease(setup.leases, "GPU-a")
    assert isinstance(other, GpuLease)
    late = threading.Timer(PATIENCE_S, os.kill, (os.getpid(), signal.SIGTERM))
    late.daemon = True
    late.start()

    answered = []
    with setup.stop:
        for step in setup.steps():
            if isinstance(step, Answered):
                answered.append(step.model)
                other.release()
    late.cancel()

    assert ["one", "large"] == answered


def test_a_model_that_is_asked_already_is_not_said_to_wait_for_one_more_gpu(tmp_path: Path):
    slow = model("one", params={"delay_s": 0.05})
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), gpu("b")), slow)
    setup.max_workers, setup.requests = None, 64
    other = take_lease(setup.leases, "GPU-b")
    assert isinstance(other, GpuLease)

    steps = list(setup.steps())
    other.release()

    assert 64 == sum(isinstance(step, Answered) for step in steps)
    assert not any(isinstance(step, GpuAwaited) for step in steps)


def test_a_signal_ends_a_run_that_waits_for_a_gpu(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), model("one"))
    other = take_lease(setup.leases, "GPU-a")
    assert isinstance(other, GpuLease)

    with setup.stop:
        steps = []
        for step in setup.steps():
            steps.append(step)
            if isinstance(step, GpuAwaited):
                os.kill(os.getpid(), signal.SIGTERM)
    other.release()

    assert isinstance(steps[-1], GpuAwaited)


def test_a_run_that_is_left_gives_its_gpu_back_at_once(tmp_path: Path):
    """Also when the memory is not back, for which it would wait 30 s."""
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), leaks=True), model("one"))

    steps = setup.steps()
    next(step for step in steps if isinstance(step, Answered))
    steps.close()
    lease = take_lease(setup.leases, "GPU-a")

    assert isinstance(lease, GpuLease)
    lease.release()


def test_a_worker_that_crashes_is_replaced_on_its_gpu_once_that_is_free(tmp_path: Path):
    crashing = model("one", params={"load_fault": "segv"})
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), crashing)

    steps = list(setup.steps())

    kinds = [type(s) for s in steps if isinstance(s, ModelStarting | WorkerLost | GpuReturned)]
    again = [ModelStarting, WorkerLost, GpuReturned]
    assert [*again, *again, ModelStarting, GpuReturned] == kinds
    (given_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert "SIGSEGV: Fatal Python error: Segmentation fault" == given_up.reason
    assert "toy_faults.py" in given_up.printed


def test_a_worker_that_cannot_be_started_gives_its_gpu_back_and_is_not_tried_again(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a")), model("one"))
    setup.envs = ReadyEnvs(TORCH, python="/nowhere/python")

    steps = list(setup.steps())

    (given_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert "/nowhere/python: No such file or directory" in given_up.reason
    assert 1 == sum(isinstance(step, GpuReturned) for step in steps)
    lease = take_lease(setup.leases, "GPU-a")
    assert isinstance(lease, GpuLease)
    lease.release()


HOST = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.fakes import OccupiedGpus, gpu
from tests.build import model
from tests.integration.test_gpus_in_a_run import Setup
from vlmhb.schedule.progress import ModelLoaded
slow = model("slow", params={{"delay_s": 1000.0}})
for step in Setup(Path(sys.argv[1]), OccupiedGpus(gpu("a")), slow).steps():
    if isinstance(step, ModelLoaded):
        print("loaded", flush=True)
"""


def test_a_killed_run_keeps_its_gpu_until_its_worker_is_gone(tmp_path: Path):
    root = str(Path(__file__).parents[2])
    host = subprocess.Popen(
        [sys.executable, "-c", HOST.format(root=root), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert host.stdout is not None
    with host.stdout:
        assert "loaded\n" == host.stdout.readline()
    children = psutil.Process(host.pid).children()
    (guard,) = (one for one in children if not any("command_sweep" in w for w in one.cmdline()))
    below = [guard, *guard.children(recursive=True)]
    guard.suspend()
    host.kill()
    host.wait()
    while_it_lives = take_lease(tmp_path / "leases/gpus", "GPU-a")
    guard.resume()
    _, alive = psutil.wait_procs(below, PATIENCE_S)
    after = take_lease(tmp_path / "leases/gpus", "GPU-a")

    assert isinstance(while_it_lives, LeaseHolder)
    assert host.pid == while_it_lives.pid
    assert [] == alive
    assert isinstance(after, GpuLease)
    after.release()


@pytest.mark.parametrize("broken", ["a", "ab"])
def test_a_gpu_that_cannot_be_leased_costs_its_model_only_that_gpu(tmp_path: Path, broken: str):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), gpu("b")), model("one"))
    setup.max_workers, setup.requests = None, 64
    setup.leases.mkdir(mode=0o700, parents=True)
    for letter in broken:
        (setup.leases / f"GPU-{letter}.lock").mkdir()
    late = threading.Timer(PATIENCE_S, os.kill, (os.getpid(), signal.SIGTERM))
    late.daemon = True
    late.start()

    with setup.stop:
        steps = list(setup.steps())
    has_ended = not late.finished.is_set()
    late.cancel()

    reasons = [step.reason for step in steps if isinstance(step, GaveUp)]
    answered = sum(isinstance(step, Answered) for step in steps)
    assert ((64, 0) if broken == "a" else (0, 1)) == (answered, len(reasons))
    assert all(f"cannot lease GPU GPU-{letter}" in reasons[0] for letter in broken if reasons)
    assert has_ended


def test_a_model_none_of_whose_several_workers_can_be_started_is_given_up(tmp_path: Path):
    setup = Setup(tmp_path, OccupiedGpus(gpu("a"), gpu("b")), model("one"))
    setup.max_workers, setup.requests = None, 64
    setup.envs = ReadyEnvs(TORCH, python="/nowhere/python")

    steps = list(setup.steps())

    (given_up,) = (step for step in steps if isinstance(step, GaveUp))
    assert "/nowhere/python: No such file or directory" in given_up.reason
