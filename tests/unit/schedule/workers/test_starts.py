"""Workers that cannot be started now: who waits for what, and what is said of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build import envspec, model
from tests.fakes import FakeGpus, NoWeights, ReadyEnvs, gpu
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.run import RunConfig
from vlmhb.schedule import Supplies
from vlmhb.schedule.gpus.desk import Busy, Full, GpuDesk, GpuRules, Owner
from vlmhb.schedule.supply.preparation import Preparation, Prepared
from vlmhb.schedule.workers.starts import AGAIN_S, WAIT_SAID_S, Place, Refused, Starts
from vlmhb.system.gpu_lease import GpuLease, take_lease
from vlmhb.worker import Worker, WorkerEvent

MODEL = model("m", min_gpu_memory_gib=10.0)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Waiting:
    """Starts on two GPUs of 24 GiB."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.gpus = FakeGpus(gpu("a"), gpu("b"))
        self.leases = folder / "leases" / "gpus"
        rules = GpuRules(self.leases, occupied_s=5.0)
        self.desk = GpuDesk(self.gpus, rules, _back, self.clock)
        config = RunConfig("run", "run", (MODEL,), (), {"toy": envspec()}, None, None, 0)
        supplies = Supplies(ReadyEnvs(), NoWeights(), gpus=self.gpus, rules=rules)
        ready = Preparation(config, supplies, _told)
        self.starts = Starts(config, supplies, ready, self.desk, folder, self.clock)

    def start(self, worker: str, *letters: str) -> Worker | Busy | Full | Refused:
        gpus = tuple(f"GPU-{letter}" for letter in letters)
        return self.starts.start(Place(MODEL, worker, gpus), _said)

    def lease(self, letter: str) -> GpuLease:
        """As another run has it."""
        lease = take_lease(self.leases, f"GPU-{letter}")
        assert isinstance(lease, GpuLease)
        return lease

    def use(self, letter: str) -> None:
        """A worker of this run has it."""
        self.desk.take(Owner("other", "other"), (f"GPU-{letter}",))

    def said(self) -> list[tuple[str, str]]:
        return list(self.starts.news(lambda _: True))


def _back(_model: str, _figures: GpuFigures, _problem: str) -> None:
    pass


def _told(_: Prepared) -> None:
    pass


def _said(_: WorkerEvent) -> None:
    pass


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[Waiting]:
    made = Waiting(tmp_path)
    yield made
    made.desk.close()


def test_what_a_model_waits_for_is_said_once_of_all_its_gpus(waiting: Waiting):
    leases = [waiting.lease(letter) for letter in "ab"]
    results = [waiting.start("m", "a"), waiting.start("m#2", "b")]
    waiting.clock.now_s += WAIT_SAID_S
    first = waiting.said()
    again = [waiting.start("m", "a"), waiting.start("m#2", "b")]
    waiting.clock.now_s += 3600.0
    second = waiting.said()
    for lease in leases:
        lease.release()

    assert results == again
    reasons = [one.reason for one in results if isinstance(one, Busy)]
    assert ["GPU GPU-a (GPU) is used by vlmhb run", "GPU GPU-b (GPU) is used by vlmhb run"] == [
        reason[:36] for reason in reasons
    ]
    assert [("m", "; ".join(reasons))] == first
    assert [] == second


def test_a_wait_that_may_be_over_at_once_is_not_worth_a_word(waiting: Waiting):
    lease = waiting.lease("a")
    waiting.start("m", "a")
    waiting.clock.now_s += 0.9 * WAIT_SAID_S
    early = waiting.said()
    waiting.start("m", "a")
    waiting.clock.now_s += 0.2 * WAIT_SAID_S
    late = waiting.said()
    lease.release()

    assert [] == early
    assert ["m"] == [name for name, _ in late]


def test_a_new_reason_is_said_in_its_turn(waiting: Waiting):
    lease = waiting.lease("a")
    waiting.start("m", "a")
    waiting.clock.now_s += WAIT_SAID_S
    waiting.said()
    lease.release()
    waiting.gpus.used_gib["GPU-a"] = 20.0
    waiting.start("m", "a")

    ((name, reason),) = waiting.said()

    assert "m" == name
    assert reason.startswith("GPU GPU-a (GPU) has 4.0 GiB of 24.0 GiB free")
    assert [] == waiting.said()


def test_a_model_that_is_given_up_waits_for_nothing(waiting: Waiting):
    lease = waiting.lease("a")
    waiting.start("m", "a")
    waiting.starts.give_up("m")
    waiting.clock.now_s += WAIT_SAID_S
    lease.release()

    assert [] == waiting.said()
    assert not waiting.starts.is_time()


def test_a_start_keeps_its_place_while_this_run_has_its_gpu(waiting: Waiting):
    waiting.use("a")
    kept = waiting.start("m", "b", "a")
    lease = waiting.lease("b")
    not_kept = waiting.start("m#2", "b")
    lease.release()

    assert isinstance(kept, Busy)
    assert isinstance(not_kept, Busy)
    assert (True, False) == (kept.is_short, not_kept.is_short)
    assert [Place(MODEL, "m", ("GPU-b", "GPU-a"))] == list(waiting.starts.kept())


def test_a_start_that_is_cancelled_is_not_tried_again_and_one_that_never_waited_cannot_be(
    waiting: Waiting,
):
    waiting.use("a")
    waiting.start("m", "a")
    waiting.start("m#2", "a")
    trying = waiting.starts.kept()
    first = next(trying)
    cancelled = [waiting.starts.cancel(name) for name in ("m#2", "m#3")]

    assert "m" == first.worker
    assert [True, False] == cancelled
    assert [] == list(trying)


def test_those_that_wait_are_tried_now_and_then_and_when_a_gpu_comes_back(waiting: Waiting):
    nobody = waiting.starts.is_time()
    waiting.use("a")
    waiting.start("m", "a")
    first, at_once = waiting.starts.is_time(), waiting.starts.is_time()
    waiting.clock.now_s += AGAIN_S
    later = waiting.starts.is_time()
    waiting.starts.try_soon()

    assert (False, True, False, True) == (nobody, first, at_once, later)
    assert waiting.starts.is_time()


def test_a_gpu_that_is_full_for_now_is_waited_for_and_one_that_stays_so_is_not(waiting: Waiting):
    waiting.gpus.used_gib["GPU-a"] = 20.0
    for_now = waiting.start("m", "a")
    waiting.clock.now_s += 6.0
    said = waiting.said()
    for_good = waiting.start("m", "a")

    assert isinstance(for_now, Full)
    assert isinstance(for_good, Full)
    assert (True, False) == (for_now.for_now, for_good.for_now)
    assert [("m", for_now.reason)] == said
    assert [] == list(waiting.starts.kept())


def test_a_gpu_that_cannot_be_leased_is_refused_and_no_other(waiting: Waiting):
    waiting.leases.mkdir(mode=0o700, parents=True)
    (waiting.leases / "GPU-b.lock").mkdir()

    refused = waiting.start("m", "a", "b")

    assert isinstance(refused, Full)
    assert ("GPU-b", False) == (refused.uuid, refused.for_now)
    assert "cannot lease GPU GPU-b" in refused.reason
    assert () == waiting.desk.gpus_of("m")
    assert not waiting.starts.is_time()
