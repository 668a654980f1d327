"""GPUs are handed out one worker each, and taken back when their memory is free again."""

import os
import queue
import threading
from pathlib import Path

import pytest

from tests.fakes import GIB, BreakingGpus, FakeGpus, HangingGpus, gpu
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.schedule.gpus.desk import Busy, GpuDesk, GpuRules, Refused
from vlmhb.schedule.gpus.use import GpuUse
from vlmhb.system.gpu_lease import GpuLease, LeaseHolder, take_lease
from vlmhb.system.gpu_memory import GpuMemory, GpuUser

PATIENCE_S = 30.0
SMALL, LARGE = gpu("s", 24.0), gpu("l", 80.0)


class Place:
    """A desk, its GPUs and what it tells."""

    def __init__(
        self,
        folder: Path,
        gpus: FakeGpus,
        settle_s: float = PATIENCE_S,
        answer_s: float = PATIENCE_S,
    ) -> None:
        self.gpus = gpus
        self.leases = folder / "gpus"
        self.told: queue.SimpleQueue[tuple[str, GpuFigures, str]] = queue.SimpleQueue()
        self.now_s = 1000.0
        rules = GpuRules(self.leases, settle_s=settle_s, occupied_s=5.0, answer_s=answer_s)
        self.desk = GpuDesk(gpus, rules, lambda *told: self.told.put(told), lambda: self.now_s)

    def take(self, model: str = "m", needed_gib: float = 0.0) -> GpuUse:
        use = self.desk.take(model, needed_gib)
        assert isinstance(use, GpuUse), use
        return use

    def back(self, uuid: str) -> tuple[GpuFigures, str]:
        """What was told of the GPU, once it is put back."""
        _, use, problem = self.told.get(timeout=PATIENCE_S)
        assert uuid == use.uuid
        self.desk.put_back(uuid)
        return use, problem


@pytest.fixture
def place(tmp_path: Path):
    made = Place(tmp_path, FakeGpus(SMALL, LARGE))
    yield made
    made.desk.close()


def test_two_models_get_two_gpus_and_a_third_one_waits(place: Place):
    taken = [place.take("a").gpu, place.take("b", needed_gib=1.0).gpu]
    third = place.desk.take("c", 0.0)

    assert [LARGE, SMALL] == taken
    assert third == Busy(
        "GPU GPU-l (GPU) is used by a; GPU GPU-s (GPU) is used by b", is_short=True
    )


def test_a_model_waits_only_for_gpus_that_are_large_enough(place: Place):
    place.take("a", needed_gib=40.0)

    assert place.desk.take("b", 40.0) == Busy("GPU GPU-l (GPU) is used by a", is_short=True)


def test_a_gpu_that_another_run_has_is_passed_over_or_waited_for(place: Place):
    lease = take_lease(place.leases, SMALL.uuid)
    assert isinstance(lease, GpuLease)
    first = place.take("a").gpu
    second = place.desk.take("b", 0.0)
    lease.release()

    assert first is LARGE
    assert isinstance(second, Busy)
    assert f"GPU GPU-s (GPU) is used by vlmhb run {os.getpid()} since 20" in second.reason
    assert place.take("b").gpu is SMALL


def test_a_gpu_in_use_is_leased_and_one_that_is_back_is_not(place: Place):
    place.take("a")
    while_used = take_lease(place.leases, LARGE.uuid)
    place.desk.end("a")
    place.back(LARGE.uuid)
    after = take_lease(place.leases, LARGE.uuid)

    assert isinstance(while_used, LeaseHolder)
    assert isinstance(after, GpuLease)
    after.release()


def test_a_full_gpu_is_waited_for_a_little_and_then_refused_by_name(place: Place):
    place.gpus.used_gib[LARGE.uuid] = 60.0
    place.gpus.holders[LARGE.uuid] = (GpuUser(7, "python3", 59 * GIB),)

    early = place.desk.take("m", 40.0)
    place.now_s += 6.0
    late = place.desk.take("m", 40.0)

    assert isinstance(early, Busy)
    assert early.is_short
    assert isinstance(late, Refused)
    assert (
        early.reason
        == late.reason
        == (
            "GPU GPU-l (GPU) has 20.0 GiB of 80.0 GiB free, the model needs 40 GiB;"
            " held by process 7 (python3) with 59.0 GiB; end them, or wait for them"
        )
    )
    assert isinstance(take_lease(place.leases, LARGE.uuid), GpuLease)


def test_the_wait_for_memory_begins_when_the_wait_for_the_lease_is_over(place: Place):
    """Of a run that was killed both come back at about the same time."""
    place.gpus.used_gib[LARGE.uuid] = 60.0
    place.desk.take("m", 40.0)
    lease = take_lease(place.leases, LARGE.uuid)
    assert isinstance(lease, GpuLease)
    leased = place.desk.take("m", 40.0)
    place.now_s += 3600.0
    still_leased = place.desk.take("m", 40.0)
    lease.release()
    full = place.desk.take("m", 40.0)
    place.gpus.used_gib[LARGE.uuid] = 0.5

    assert isinstance(leased, Busy)
    assert leased == still_leased
    assert isinstance(full, Busy)
    assert full.is_short
    assert place.take("m", 40.0).gpu is LARGE


def test_a_model_that_finds_a_full_gpu_again_waits_for_it_again(place: Place):
    place.gpus.used_gib[LARGE.uuid] = 60.0
    place.desk.take("m", 40.0)
    place.now_s += 4.0
    place.gpus.used_gib[LARGE.uuid] = 0.5
    place.take("m", 40.0)
    place.desk.end("m")
    place.back(LARGE.uuid)
    place.now_s += 4.0
    place.gpus.used_gib[LARGE.uuid] = 60.0

    assert isinstance(place.desk.take("m", 40.0), Busy)


def test_a_gpu_is_given_to_nobody_until_its_memory_is_back(place: Place):
    place.take("a")
    place.gpus.used_gib[LARGE.uuid] = 30.5
    place.desk.end("a")
    settling = place.desk.take("b", 40.0)
    was_settling = place.desk.is_settling
    place.gpus.used_gib[LARGE.uuid] = 0.5
    _, problem = place.back(LARGE.uuid)

    assert settling == Busy("GPU GPU-l (GPU) is getting back the memory of a", is_short=True)
    assert was_settling
    assert "" == problem
    assert not place.desk.is_settling
    assert place.take("b", 40.0).gpu is LARGE


def test_what_a_worker_used_is_told_when_its_gpu_is_back(place: Place):
    place.take("a")
    place.gpus.used_gib[LARGE.uuid] = 20.0
    loaded = place.desk.note_loaded("a")
    place.gpus.used_gib[LARGE.uuid] = 0.5
    place.desk.end("a")
    use, _ = place.back(LARGE.uuid)

    assert loaded == GpuFigures(LARGE.uuid, GIB // 2, 20 * GIB)
    assert use == GpuFigures(LARGE.uuid, GIB // 2, 20 * GIB, 20 * GIB, GIB // 2)
    assert place.desk.note_loaded("nobody") is None


class WatchedGpu(FakeGpus):
    """A GPU that knows how full it was when it was last looked at."""

    def __init__(self) -> None:
        super().__init__(SMALL)
        self.looks: queue.SimpleQueue[float] = queue.SimpleQueue()

    def memory(self, uuid: str) -> GpuMemory | None:
        now = super().memory(uuid)
        self.looks.put(self.used_gib[uuid])
        return now

    def fill(self, gib: float) -> None:
        """Return once that was seen."""
        self.used_gib[SMALL.uuid] = gib
        while self.looks.get(timeout=PATIENCE_S) != gib:
            pass


def test_the_peak_is_the_most_that_was_seen(tmp_path: Path):
    gpus = WatchedGpu()
    place = Place(tmp_path, gpus)
    place.take("a")
    gpus.fill(20.0)
    gpus.fill(7.0)
    place.desk.note_loaded("a")
    place.desk.end("a")
    gpus.used_gib[SMALL.uuid] = 0.5

    assert 20 * GIB == place.back(SMALL.uuid)[0].peak_bytes


def test_memory_that_stays_closes_the_gpu_with_a_reason_until_it_is_back(tmp_path: Path):
    place = Place(tmp_path, FakeGpus(SMALL), settle_s=0.0)
    place.take("a")
    place.gpus.used_gib[SMALL.uuid] = 9.0
    place.gpus.holders[SMALL.uuid] = (GpuUser(7, "python3", None),)
    place.desk.end("a")
    use, problem = place.back(SMALL.uuid)
    closed = place.desk.take("b", 0.0)
    place.gpus.used_gib[SMALL.uuid] = 0.5
    reopened = place.take("b").gpu
    place.desk.end("b")
    place.back(SMALL.uuid)
    place.gpus.used_gib[SMALL.uuid] = 3.0  # somebody else's, which closes nothing
    again = place.take("c").gpu
    place.desk.close()

    assert "9.0 GiB in use 0 s after the end of its worker, 0.5 GiB before it" in problem
    assert "held by process 7 (python3)" in problem
    assert closed == Refused(problem)
    assert 9 * GIB == use.after_bytes
    assert reopened is again is SMALL


def test_a_gpu_that_stops_answering_is_closed(tmp_path: Path):
    place = Place(tmp_path, FakeGpus(SMALL), settle_s=0.0)
    place.take("a")
    place.gpus.silent.add(SMALL.uuid)
    place.desk.end("a")
    _, problem = place.back(SMALL.uuid)

    assert "does not answer any more" in problem
    assert place.desk.take("b", 0.0) == Refused(problem)


def test_a_gpu_that_never_answered_is_used_without_a_proof(tmp_path: Path):
    """Some drivers do not tell memory at all."""
    gpus = FakeGpus(SMALL)
    gpus.silent.add(SMALL.uuid)
    place = Place(tmp_path, gpus)
    place.take("a", needed_gib=8.0)
    place.desk.note_loaded("a")
    place.desk.end("a")

    assert (GpuFigures(SMALL.uuid), "") == place.back(SMALL.uuid)


def test_a_driver_that_hangs_ends_the_wait_for_the_memory_and_closes_the_gpu(tmp_path: Path):
    gpus = HangingGpus(SMALL)
    place = Place(tmp_path, gpus, settle_s=0.2, answer_s=0.1)
    place.take("a")
    gpus.works.clear()
    place.desk.note_loaded("a")
    place.desk.end("a")
    _, problem = place.back(SMALL.uuid)
    while_hanging = place.desk.take("b", 0.0)
    place.desk.close()
    gpus.works.set()

    assert "does not answer any more" in problem
    assert while_hanging == Refused(problem)


def test_no_worker_is_started_on_a_gpu_whose_driver_hangs(tmp_path: Path):
    gpus = HangingGpus(SMALL)
    gpus.works.clear()
    place = Place(tmp_path, gpus, answer_s=0.1)
    early = place.desk.take("a", 0.0)
    place.now_s += 6.0
    late = place.desk.take("a", 0.0)
    gpus.works.set()

    assert isinstance(early, Busy)
    assert isinstance(late, Refused)
    assert "GPU GPU-s (GPU) does not answer; look with nvidia-smi" in late.reason


def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path):
    gpus = BreakingGpus(SMALL)
    place = Place(tmp_path, gpus, settle_s=0.2, answer_s=10 * PATIENCE_S)
    place.take("a")
    gpus.broken = True
    place.desk.end("a")

    assert "does not answer any more" in place.back(SMALL.uuid)[1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_watch_that_breaks_gives_its_gpu_back_when_the_worker_has_ended(tmp_path: Path):
    lease, back = take_lease(tmp_path / "gpus", SMALL.uuid), threading.Event()
    assert isinstance(lease, GpuLease)
    gpus = BreakingGpus(SMALL)
    gpus.broken = True
    use = GpuUse(gpus, SMALL, lease, GpuMemory(GIB, 0), PATIENCE_S)
    *_, watch = (thread for thread in threading.enumerate() if SMALL.uuid in thread.name)
    watch.join(0.5)  # as long as a watch may take to break, and to end too early
    while_used = take_lease(tmp_path / "gpus", SMALL.uuid)
    use.end(back.set)
    watch.join(PATIENCE_S)

    assert isinstance(while_used, LeaseHolder)
    assert back.is_set()
    assert isinstance(take_lease(tmp_path / "gpus", SMALL.uuid), GpuLease)


def test_a_gpu_in_use_keeps_its_lease_from_what_cleans_up_old_files(tmp_path: Path):
    gpus = WatchedGpu()
    place = Place(tmp_path, gpus)
    place.take("a")
    (lease,) = place.leases.iterdir()
    os.utime(lease, (0, 0))
    gpus.fill(1.0)
    gpus.fill(2.0)
    found = lease.stat().st_mtime
    place.desk.close()

    assert found > 0


def test_closing_gives_back_every_gpu(place: Place):
    place.take("a")
    place.gpus.used_gib[LARGE.uuid] = 30.0
    place.desk.end("a")
    place.take("b")
    place.desk.close()

    for one in (SMALL, LARGE):
        lease = take_lease(place.leases, one.uuid)
        assert isinstance(lease, GpuLease)
        lease.release()
