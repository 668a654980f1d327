"""GPUs are handed out one worker each, and taken back when their memory is free again."""

import os
import queue
import threading
from pathlib import Path

import pytest

from tests.fakes import GIB, BreakingGpus, FakeGpus, HangingGpus, gpu
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.schedule.gpus.desk import Busy, Full, GpuDesk, GpuRules, Owner
from vlmhb.schedule.gpus.use import GpuUse
from vlmhb.system.gpu_lease import GpuLease, LeaseHolder, take_lease
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu

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

    def ask(
        self, worker: str, *gpus: Gpu, needed_gib: float = 0.0
    ) -> tuple[GpuUse, ...] | Busy | Full:
        """For a worker of the model whose name its own begins with."""
        owner = Owner(worker, worker.partition("#")[0], needed_gib)
        return self.desk.take(owner, [one.uuid for one in gpus])

    def take(self, worker: str, *gpus: Gpu, needed_gib: float = 0.0) -> tuple[GpuUse, ...]:
        uses = self.ask(worker, *gpus, needed_gib=needed_gib)
        assert isinstance(uses, tuple), uses
        return uses

    def is_leased(self, gpu: Gpu) -> bool:
        lease = take_lease(self.leases, gpu.uuid)
        if isinstance(lease, GpuLease):
            lease.release()
        return isinstance(lease, LeaseHolder)

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


def test_a_gpu_has_one_worker_at_a_time_and_others_wait_for_it(place: Place):
    taken = [*place.take("a", LARGE), *place.take("b", SMALL, needed_gib=1.0)]
    third = place.ask("c", LARGE)
    helper = place.ask("a#2", LARGE)

    assert [LARGE, SMALL] == [use.gpu for use in taken]
    assert third == helper == Busy(LARGE.uuid, "GPU GPU-l (GPU) is used by a", is_short=True)


def test_a_worker_gets_all_the_gpus_that_it_asks_for(place: Place):
    uses = place.take("m", SMALL, LARGE)

    assert [SMALL, LARGE] == [use.gpu for use in uses]
    assert (SMALL.uuid, LARGE.uuid) == place.desk.gpus_of("m")
    assert place.is_leased(SMALL)
    assert place.is_leased(LARGE)


def test_a_worker_without_gpus_takes_none(place: Place):
    assert () == place.take("m")
    assert () == place.desk.gpus_of("m")


def test_workers_of_one_model_have_a_gpu_each(place: Place):
    place.take("m", LARGE)
    place.take("m#2", SMALL)

    both = place.desk.gpus_of("m"), place.desk.gpus_of("m#2")
    place.desk.end("m#2")
    place.back(SMALL.uuid)

    assert ((LARGE.uuid,), (SMALL.uuid,)) == both
    assert ((LARGE.uuid,), ()) == (place.desk.gpus_of("m"), place.desk.gpus_of("m#2"))


def test_of_two_gpus_of_which_one_is_busy_the_other_is_given_back(place: Place):
    place.take("a", SMALL)

    refused = place.ask("m", LARGE, SMALL)

    assert refused == Busy(SMALL.uuid, "GPU GPU-s (GPU) is used by a", is_short=True)
    assert () == place.desk.gpus_of("m")
    assert not place.is_leased(LARGE)
    assert LARGE is place.take("b", LARGE)[0].gpu
    assert not place.desk.is_settling


def test_of_two_gpus_of_which_one_is_full_the_other_is_given_back(place: Place):
    place.gpus.used_gib[SMALL.uuid] = 20.0

    refused = place.ask("m", LARGE, SMALL, needed_gib=10.0)

    assert isinstance(refused, Full)
    assert (SMALL.uuid, True) == (refused.uuid, refused.for_now)
    assert not place.is_leased(LARGE)


def test_of_two_gpus_of_which_one_cannot_be_leased_the_other_is_given_back(place: Place):
    place.leases.mkdir(mode=0o700, parents=True)
    (place.leases / f"{SMALL.uuid}.lock").mkdir()

    refused = place.ask("m", LARGE, SMALL)

    assert isinstance(refused, Full)
    assert (SMALL.uuid, False) == (refused.uuid, refused.for_now)
    assert "cannot lease GPU GPU-s" in refused.reason
    assert not place.is_leased(LARGE)
    assert LARGE is place.take("m", LARGE)[0].gpu


def test_a_gpu_that_another_run_has_is_busy_for_nobody_knows_how_long(place: Place):
    lease = take_lease(place.leases, SMALL.uuid)
    assert isinstance(lease, GpuLease)
    waiting = place.ask("b", SMALL)
    lease.release()

    assert isinstance(waiting, Busy)
    assert (SMALL.uuid, False) == (waiting.uuid, waiting.is_short)
    assert f"GPU GPU-s (GPU) is used by vlmhb run {os.getpid()} since 20" in waiting.reason
    assert SMALL is place.take("b", SMALL)[0].gpu


def test_a_gpu_in_use_is_leased_and_one_that_is_back_is_not(place: Place):
    place.take("a", LARGE)
    while_used = take_lease(place.leases, LARGE.uuid)
    place.desk.end("a")
    place.back(LARGE.uuid)
    after = take_lease(place.leases, LARGE.uuid)

    assert isinstance(while_used, LeaseHolder)
    assert isinstance(after, GpuLease)
    after.release()


def test_a_full_gpu_is_tried_for_a_little_and_then_refused_by_name(place: Place):
    place.gpus.used_gib[LARGE.uuid] = 60.0
    place.gpus.holders[LARGE.uuid] = (GpuUser(7, "python3", 59 * GIB),)

    early = place.ask("m", LARGE, needed_gib=40.0)
    place.now_s += 6.0
    late = place.ask("m", LARGE, needed_gib=40.0)

    reason = (
        "GPU GPU-l (GPU) has 20.0 GiB of 80.0 GiB free, the model needs 40 GiB;"
        " held by process 7 (python3) with 59.0 GiB; end them, or wait for them"
    )
    assert early == Full(LARGE.uuid, reason, for_now=True)
    assert late == Full(LARGE.uuid, reason)
    assert not place.is_leased(LARGE)


def test_each_model_tries_each_full_gpu_for_as_long(place: Place):
    place.gpus.used_gib |= {LARGE.uuid: 79.0, SMALL.uuid: 23.0}
    place.ask("m", LARGE, needed_gib=10.0)
    place.now_s += 6.0

    others = [place.ask("m", SMALL, needed_gib=10.0), place.ask("n", LARGE, needed_gib=10.0)]
    helper = place.ask("m#2", LARGE, needed_gib=10.0)

    assert [True, True] == [isinstance(one, Full) and one.for_now for one in others]
    assert isinstance(helper, Full)
    assert not helper.for_now


def test_the_wait_for_memory_begins_when_the_wait_for_the_lease_is_over(place: Place):
    """Of a run that was killed both come back at about the same time."""
    place.gpus.used_gib[LARGE.uuid] = 60.0
    place.ask("m", LARGE, needed_gib=40.0)
    lease = take_lease(place.leases, LARGE.uuid)
    assert isinstance(lease, GpuLease)
    leased = place.ask("m", LARGE, needed_gib=40.0)
    place.now_s += 3600.0
    still_leased = place.ask("m", LARGE, needed_gib=40.0)
    lease.release()
    full = place.ask("m", LARGE, needed_gib=40.0)
    place.gpus.used_gib[LARGE.uuid] = 0.5

    assert isinstance(leased, Busy)
    assert leased == still_leased
    assert isinstance(full, Full)
    assert full.for_now
    assert LARGE is place.take("m", LARGE, needed_gib=40.0)[0].gpu


def test_a_model_that_finds_a_full_gpu_again_waits_for_it_again(place: Place):
    place.gpus.used_gib[LARGE.uuid] = 60.0
    place.ask("m", LARGE, needed_gib=40.0)
    place.now_s += 4.0
    place.gpus.used_gib[LARGE.uuid] = 0.5
    place.take("m", LARGE, needed_gib=40.0)
    place.desk.end("m")
    place.back(LARGE.uuid)
    place.now_s += 4.0
    place.gpus.used_gib[LARGE.uuid] = 60.0
    again = place.ask("m", LARGE, needed_gib=40.0)

    assert isinstance(again, Full)
    assert again.for_now


def test_a_gpu_is_given_to_nobody_until_its_memory_is_back(place: Place):
    place.take("a", LARGE)
    place.gpus.used_gib[LARGE.uuid] = 30.5
    place.desk.end("a")
    settling = place.ask("b", LARGE, needed_gib=40.0)
    was_settling = place.desk.is_settling
    place.gpus.used_gib[LARGE.uuid] = 0.5
    _, problem = place.back(LARGE.uuid)

    assert settling == Busy(
        LARGE.uuid, "GPU GPU-l (GPU) is getting back the memory of a", is_short=True
    )
    assert was_settling
    assert "" == problem
    assert not place.desk.is_settling
    assert LARGE is place.take("b", LARGE, needed_gib=40.0)[0].gpu


def test_what_a_worker_used_is_told_when_its_gpu_is_back(place: Place):
    place.take("a", LARGE)
    place.gpus.used_gib[LARGE.uuid] = 20.0
    loaded = place.desk.note_loaded("a")
    place.gpus.used_gib[LARGE.uuid] = 0.5
    place.desk.end("a")
    use, _ = place.back(LARGE.uuid)

    assert loaded == (GpuFigures(LARGE.uuid, GIB // 2, 20 * GIB),)
    assert use == GpuFigures(LARGE.uuid, GIB // 2, 20 * GIB, 20 * GIB, GIB // 2)
    assert () == place.desk.note_loaded("nobody")


def test_what_a_worker_used_of_two_gpus_is_told_of_each_with_its_model(place: Place):
    place.take("m#2", LARGE, SMALL)
    place.gpus.used_gib |= {LARGE.uuid: 20.0, SMALL.uuid: 10.0}
    loaded = place.desk.note_loaded("m#2")
    place.gpus.used_gib |= {LARGE.uuid: 0.5, SMALL.uuid: 0.5}
    place.desk.end("m#2")
    told = [place.told.get(timeout=PATIENCE_S) for _ in range(2)]

    assert [(LARGE.uuid, 20 * GIB), (SMALL.uuid, 10 * GIB)] == [
        (one.uuid, one.loaded_bytes) for one in loaded
    ]
    assert {("m", LARGE.uuid, 20 * GIB), ("m", SMALL.uuid, 10 * GIB)} == {
        (model, use.uuid, use.peak_bytes) for model, use, _ in told
    }


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
    place.take("a", SMALL)
    gpus.fill(20.0)
    gpus.fill(7.0)
    place.desk.note_loaded("a")
    place.desk.end("a")
    gpus.used_gib[SMALL.uuid] = 0.5

    assert 20 * GIB == place.back(SMALL.uuid)[0].peak_bytes


def test_memory_that_stays_closes_the_gpu_with_a_reason_until_it_is_back(tmp_path: Path):
    place = Place(tmp_path, FakeGpus(SMALL), settle_s=0.0)
    place.take("a", SMALL)
    place.gpus.used_gib[SMALL.uuid] = 9.0
    place.gpus.holders[SMALL.uuid] = (GpuUser(7, "python3", None),)
    place.desk.end("a")
    use, problem = place.back(SMALL.uuid)
    closed = place.ask("b", SMALL)
    place.gpus.used_gib[SMALL.uuid] = 0.5
    reopened = place.take("b", SMALL)[0].gpu
    place.desk.end("b")
    place.back(SMALL.uuid)
    place.gpus.used_gib[SMALL.uuid] = 3.0  # somebody else's, which closes nothing
    again = place.take("c", SMALL)[0].gpu
    place.desk.close()

    assert "9.0 GiB in use 0 s after the end of its worker, 0.5 GiB before it" in problem
    assert "held by process 7 (python3)" in problem
    assert closed == Full(SMALL.uuid, problem)
    assert 9 * GIB == use.after_bytes
    assert reopened is again is SMALL


def test_a_closed_gpu_takes_nothing_from_the_wait_for_another_one(tmp_path: Path):
    place = Place(tmp_path, FakeGpus(SMALL, LARGE), settle_s=0.0)
    place.take("a", SMALL)
    place.gpus.used_gib |= {SMALL.uuid: 9.0, LARGE.uuid: 60.0}
    place.desk.end("a")
    place.back(SMALL.uuid)
    asked = [place.ask("b", one, needed_gib=40.0) for one in (SMALL, LARGE)]
    place.desk.close()

    assert [False, True] == [isinstance(one, Full) and one.for_now for one in asked]


def test_a_gpu_that_stops_answering_is_closed(tmp_path: Path):
    place = Place(tmp_path, FakeGpus(SMALL), settle_s=0.0)
    place.take("a", SMALL)
    place.gpus.silent.add(SMALL.uuid)
    place.desk.end("a")
    _, problem = place.back(SMALL.uuid)

    assert "does not answer any more" in problem
    assert place.ask("b", SMALL) == Full(SMALL.uuid, problem)


def test_a_gpu_that_never_answered_is_used_without_a_proof(tmp_path: Path):
    """Some drivers do not tell memory at all."""
    gpus = FakeGpus(SMALL)
    gpus.silent.add(SMALL.uuid)
    place = Place(tmp_path, gpus)
    place.take("a", SMALL, needed_gib=8.0)
    place.desk.note_loaded("a")
    place.desk.end("a")

    assert (GpuFigures(SMALL.uuid), "") == place.back(SMALL.uuid)


def test_a_driver_that_hangs_ends_the_wait_for_the_memory_and_closes_the_gpu(tmp_path: Path):
    gpus = HangingGpus(SMALL)
    place = Place(tmp_path, gpus, settle_s=0.2, answer_s=0.1)
    place.take("a", SMALL)
    gpus.works.clear()
    place.desk.note_loaded("a")
    place.desk.end("a")
    _, problem = place.back(SMALL.uuid)
    while_hanging = place.ask("b", SMALL)
    place.desk.close()
    gpus.works.set()

    assert "does not answer any more" in problem
    assert while_hanging == Full(SMALL.uuid, problem)


def test_no_worker_is_started_on_a_gpu_whose_driver_hangs(tmp_path: Path):
    gpus = HangingGpus(SMALL)
    gpus.works.clear()
    place = Place(tmp_path, gpus, answer_s=0.1)
    early = place.ask("a", SMALL)
    place.now_s += 6.0
    late = place.ask("a", SMALL)
    gpus.works.set()

    assert isinstance(early, Full)
    assert isinstance(late, Full)
    assert (True, False) == (early.for_now, late.for_now)
    assert "GPU GPU-s (GPU) does not answer; look with nvidia-smi" in late.reason


def test_an_answer_that_cannot_be_read_is_none(tmp_path: Path):
    gpus = BreakingGpus(SMALL)
    place = Place(tmp_path, gpus, settle_s=0.2, answer_s=10 * PATIENCE_S)
    place.take("a", SMALL)
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
    place.take("a", SMALL)
    (lease,) = place.leases.iterdir()
    os.utime(lease, (0, 0))
    gpus.fill(1.0)
    gpus.fill(2.0)
    found = lease.stat().st_mtime
    place.desk.close()

    assert found > 0


def test_closing_gives_back_every_gpu(place: Place):
    place.take("a", LARGE)
    place.gpus.used_gib[LARGE.uuid] = 30.0
    place.desk.end("a")
    place.take("b", SMALL)
    place.desk.close()

    for one in (SMALL, LARGE):
        lease = take_lease(place.leases, one.uuid)
        assert isinstance(lease, GpuLease)
        lease.release()
