"""Workers are looked at while they live; what goes wrong there costs figures and nothing else."""

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.build import answer, failed, request
from tests.fakes import BreakingGpus, FakeGpus, HangingGpus, gpu
from vlmhb.domain.telemetry import WorkerTotals
from vlmhb.domain.worker_limits import WorkerLimits
from vlmhb.schedule.gpus.careful import CarefulGpus
from vlmhb.schedule.progress import GpuUnread, Measured
from vlmhb.schedule.telemetry.sampler import LONGEST_S, SHARE, Sampler, Told, pause_s
from vlmhb.schedule.telemetry.watch import Started, Watch
from vlmhb.schedule.workers.monitor import Bounds, Worry
from vlmhb.system.clock import monotonic_s
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.process_tree import TreeUse

PATIENCE_S = 30.0
NEVER_S = 3600.0
"""Between two looks: only what asks for one gets one."""
OFTEN_S = 0.01
BURN = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True); input()"


class Place:
    """A sampler and what it tells."""

    def __init__(
        self,
        counters: Callable[[str], GpuCounters] = lambda _: GpuCounters(),
        look_s: float = OFTEN_S,
    ) -> None:
        self.told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.sampler = Sampler(counters, self.told.put, look_s)

    def wait_for(self, wanted: Callable[[Told], bool]) -> Told:
        while not wanted(told := self.told.get(timeout=PATIENCE_S)):
            pass
        return told

    def measured(self, wanted: Callable[[WorkerTotals], bool] = lambda _: True) -> Measured:
        told = self.wait_for(lambda one: isinstance(one, Measured) and wanted(one.worker.totals))
        assert isinstance(told, Measured)
        return told

    def last(self, model: str = "m") -> WorkerTotals:
        last = self.sampler.gone(model)
        assert last is not None
        assert last.is_last
        return last.worker.totals


@pytest.fixture
def worker() -> Iterator["subprocess.Popen[str]"]:
    """It has burnt 0.3 CPU seconds, and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.communicate(timeout=60)


def test_a_worker_is_looked_at_again_and_again_until_it_is_gone(
    worker: "subprocess.Popen[str]",
):
    place = Place()
    place.sampler.started(Started("m", "m", worker.pid, build_s=1.0, fetch_s=2.0))
    first = place.measured()
    later = place.measured(lambda totals: totals.alive_s > first.worker.totals.alive_s)
    last = place.last()
    place.sampler.close()

    assert (1.0, 2.0, "", 0) == (
        later.worker.build_s,
        later.worker.fetch_s,
        later.worker.gpu,
        later.worker.start,
    )
    assert last.cpu_s is not None
    assert 0.25 <= last.cpu_s
    assert last.peak_rss_bytes is not None
    assert 1 << 20 < last.peak_rss_bytes
    assert last.peak_vram_bytes is None
    assert place.sampler.gone("m") is None


def test_a_worker_that_ends_between_two_looks_keeps_what_was_seen(
    worker: "subprocess.Popen[str]",
):
    place = Place(look_s=NEVER_S)
    place.sampler.started(Started("m", "m", worker.pid))
    place.measured(lambda totals: totals.cpu_s is not None)
    worker.kill()
    worker.wait(PATIENCE_S)

    last = place.last()

    assert last.cpu_s is not None
    assert last.peak_rss_bytes is not None


def test_a_worker_that_is_about_to_end_is_looked_at_once_more(worker: "subprocess.Popen[str]"):
    place = Place(look_s=NEVER_S)
    place.sampler.started(Started("m", "m", worker.pid))
    first = place.measured().worker.totals.alive_s
    place.sampler.ending("m")

    assert place.measured(lambda totals: totals.alive_s > first)
    place.sampler.ending("nobody")


def test_a_worker_that_nobody_can_look_at_has_its_times(worker: "subprocess.Popen[str]"):
    worker.kill()
    worker.wait(PATIENCE_S)
    place = Place()
    place.sampler.started(Started("m", "m", worker.pid))
    place.sampler.loaded("m", 1.5)
    place.measured(lambda totals: totals.load_s is not None)

    last = place.last()

    assert (None, None, 1.5) == (last.cpu_s, last.peak_rss_bytes, last.load_s)


def test_answers_and_their_pages_are_counted_by_worker(worker: "subprocess.Popen[str]"):
    place = Place(look_s=NEVER_S)
    three = replace(request("a"), pages=request("a").pages * 3)
    for one in ("first", "second"):
        place.sampler.started(Started("m", "m", worker.pid))
        if one == "first":
            place.last()
    place.sampler.sent("m", three)
    place.sampler.sent("m", request("b"))
    place.sampler.settled("m", answer("a"))
    place.sampler.settled("m", failed("b"))
    last = place.sampler.gone("m")

    assert last is not None
    assert (1, 1, 3) == (
        last.worker.start,
        last.worker.totals.n_answers,
        last.worker.totals.n_pages,
    )
    assert 0 < last.worker.totals.answering_s <= last.worker.totals.alive_s


@pytest.mark.parametrize(
    ("problem", "gpus"),
    [
        ("UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff", BreakingGpus(gpu("a"))),
        ("it does not answer", HangingGpus(gpu("a"))),
    ],
)
def test_a_gpu_that_breaks_ends_its_figures_with_one_word_and_no_other(
    problem: str, gpus: FakeGpus, worker: "subprocess.Popen[str]"
):
    place = Place(CarefulGpus(gpus, answer_s=0.2).counters)
    place.sampler.started(Started("m", "m", worker.pid, ("GPU-a",)))
    place.measured(lambda totals: totals.peak_vram_bytes is not None)
    if isinstance(gpus, HangingGpus):
        gpus.works.clear()
    else:
        gpus.broken = True  # type: ignore[attr-defined]
    told = place.wait_for(lambda one: isinstance(one, GpuUnread))
    since = place.measured().worker.totals.alive_s
    place.measured(lambda totals: totals.alive_s > since and totals.cpu_s is not None)
    last = place.last()

    assert isinstance(told, GpuUnread)
    assert ("m", "m", problem) == (told.model, told.worker, told.reason[: len(problem)])
    assert told.reason == last.gpu_problem
    assert last.peak_vram_bytes is not None
    assert place.told.empty() or not isinstance(place.told.get(), GpuUnread)
    if isinstance(gpus, HangingGpus):
        gpus.works.set()


class TwoGpus(FakeGpus):
    """One of them may fall off the bus."""

    def __init__(self) -> None:
        super().__init__(gpu("a"), gpu("b"))
        self.used_gib = {"GPU-a": 9.0, "GPU-b": 5.0}
        self.gone = ""
        self.asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def counters(self, uuid: str) -> GpuCounters:
        self.asked.put(uuid)
        if uuid == self.gone:
            raise OSError(5, "Input/output error")
        return super().counters(uuid)


def test_a_worker_on_two_gpus_has_the_memory_of_both(worker: "subprocess.Popen[str]"):
    place = Place(CarefulGpus(TwoGpus(), answer_s=PATIENCE_S).counters)
    place.sampler.started(Started("m", "m#2", worker.pid, ("GPU-a", "GPU-b")))
    told = place.measured(lambda totals: totals.peak_vram_bytes is not None)
    place.sampler.close()

    assert 14 << 30 == told.worker.totals.peak_vram_bytes
    assert ("m", "m#2", "GPU-a") == (told.model, told.name, told.worker.gpu)


@pytest.mark.parametrize("gone", ["GPU-a", "GPU-b"])
def test_one_of_two_gpus_that_breaks_ends_the_figures_of_both(
    gone: str, worker: "subprocess.Popen[str]"
):
    """Half of what a worker takes would look like all of it."""
    gpus = TwoGpus()
    place = Place(CarefulGpus(gpus, answer_s=PATIENCE_S).counters)
    place.sampler.started(Started("m", "m#2", worker.pid, ("GPU-a", "GPU-b")))
    place.measured(lambda totals: totals.peak_vram_bytes is not None)
    gpus.gone = gone
    told = place.wait_for(lambda one: isinstance(one, GpuUnread))
    while not gpus.asked.empty():
        gpus.asked.get()
    since = place.measured().worker.totals.alive_s
    place.measured(lambda totals: totals.alive_s > since)
    last = place.last("m#2")
    place.sampler.close()

    assert GpuUnread("m", "OSError: [Errno 5] Input/output error", "m#2") == told
    assert "OSError: [Errno 5] Input/output error" == last.gpu_problem
    assert gpus.asked.empty()


def test_workers_of_one_model_are_counted_and_told_apart(worker: "subprocess.Popen[str]"):
    place = Place(look_s=NEVER_S)
    for name in ("m", "m#2"):
        place.sampler.started(Started("m", name, worker.pid))
        place.sampler.sent(name, request(f"of {name}"))
    place.sampler.settled("m#2", answer("of m#2"))
    gone = [place.sampler.gone("m")]
    place.sampler.started(Started("m", "m", worker.pid))
    gone += [place.sampler.gone("m#2"), place.sampler.gone("m")]
    place.sampler.close()

    assert [("m", "m", 0, 0), ("m", "m#2", 1, 1), ("m", "m", 2, 0)] == [
        (one.model, one.name, one.worker.start, one.worker.totals.n_answers)
        for one in gone
        if one is not None
    ]


def test_nothing_is_seen_of_a_worker_after_its_end(worker: "subprocess.Popen[str]"):
    """Its GPU may still be telling of it then."""
    watch = Watch(Started("m", "m", worker.pid, ("GPU-a",)), 0, lambda: 5.0)

    assert watch.end().is_last
    assert watch.look(GpuCounters(used_bytes=1)) is None


def test_a_look_that_takes_long_keeps_nobody_waiting(worker: "subprocess.Popen[str]"):
    asked, go_on = threading.Event(), threading.Event()

    def read(_: psutil.Process) -> TreeUse | None:
        asked.set()
        go_on.wait(PATIENCE_S)
        return None

    watch = Watch(Started("m", "m", worker.pid), 0, monotonic_s, read)
    looking = threading.Thread(target=watch.look, daemon=True)
    looking.start()
    asked.wait(PATIENCE_S)
    watch.loaded(1.5)
    watch.sent(request("a"))
    watch.settled(answer("a"))
    second, last = watch.look(), watch.end()
    was_waiting = looking.is_alive()
    go_on.set()
    looking.join(PATIENCE_S)

    assert (None, 1, 1.5, True) == (
        second,
        last.worker.totals.n_answers,
        last.worker.totals.load_s,
        was_waiting,
    )


def test_what_happens_to_one_worker_costs_a_look_at_that_one_alone(
    worker: "subprocess.Popen[str]",
):
    """One that dies again and again must not have all others looked at each time."""
    place = Place(look_s=NEVER_S)
    place.sampler.started(Started("m", "m", worker.pid))
    place.sampler.started(Started("n", "n", worker.pid))
    for load_s in (1.0, 2.0):  # by then nothing is left of the starts
        place.sampler.loaded("n", load_s)
        place.measured(lambda totals, load_s=load_s: totals.load_s == load_s)  # type: ignore[misc]
    place.sampler.loaded("n", 3.0)
    told: list[Measured] = []
    while not told or told[-1].worker.totals.load_s != 3.0:
        told.append(place.measured())

    assert {"n"} == {one.model for one in told}


def test_looks_that_are_dear_are_rare():
    """However many workers and GPUs there are, looking takes its share of a core and no more."""
    assert 1.0 == pause_s(1.0, 0.001)
    assert pytest.approx(0.01 / SHARE) == pause_s(1.0, 0.01)
    assert LONGEST_S == pause_s(1.0, 10.0)


def test_after_its_close_a_sampler_tells_nothing(worker: "subprocess.Popen[str]"):
    place = Place()
    place.sampler.started(Started("m", "m", worker.pid))
    place.measured()
    place.sampler.close()
    while not place.told.empty():
        place.told.get()
    place.sampler.started(Started("n", "n", worker.pid))

    assert place.told.empty()


def test_a_worker_that_takes_too_much_is_told_of_once(
    worker: "subprocess.Popen[str]", tmp_path: Path
):
    (tmp_path / "file").write_bytes(bytes(1 << 20))
    bounds = Bounds(WorkerLimits(scratch_gib=0.0001), 1 << 40, tmp_path)
    place = Place()
    place.sampler.started(Started("m", "m", worker.pid, bounds=bounds))
    told = [place.told.get(timeout=PATIENCE_S) for _ in range(8)]
    place.sampler.close()

    (worry,) = (one for one in told if isinstance(one, Worry))
    assert ("m", worker.pid, True) == (worry.worker, worry.pid, worry.is_over)
    assert "its scratch folder held" in worry.reason
