"""What is known of the workers that run, and what becomes of one that says nothing."""

from pathlib import Path
from typing import cast

import pytest

from tests.build import model, request
from vlmhb.domain.answer import ErrorInfo
from vlmhb.schedule.workers.crew import DUMP_GRACE_S, Crew
from vlmhb.schedule.workers.deadlines import START_TIMEOUT_S
from vlmhb.schedule.workers.monitor import Worry
from vlmhb.worker import Death, DeathKind, LoadOrder, Worker

SLOW = model("m", load_timeout_s=20.0, answer_timeout_s=10.0)
CLOSED = Death(DeathKind.CLOSED, "SIGTERM", by_itself=False, stderr_tail="Thread 0x7f0012345678\n")


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class StillWorker:
    """Does nothing, and remembers what it was told to do."""

    pid = 42
    scratch = Path("/nowhere")
    log_path = Path("/nowhere/logs/m_2.log")

    def __init__(self) -> None:
        self.told: list[str] = []

    def load(self, order: LoadOrder) -> None:
        self.told.append("load")

    def send(self, _request: object) -> None:
        self.told.append("send")

    def dump_stacks(self) -> None:
        self.told.append("dump_stacks")

    def shutdown(self, grace_s: float) -> None:
        self.told.append(f"shutdown {grace_s:g}")

    def kill(self) -> None:
        self.told.append("kill")

    def join(self, _timeout_s: float) -> bool:
        self.told.append("join")
        return True


class Watched:
    """A crew of one."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.oom_kills = 0
        self.crew = Crew(self.clock, lambda: self.oom_kills)
        self.worker = StillWorker()
        self.crew.add("m", SLOW, cast("Worker", self.worker))

    def after(self, seconds: float) -> list[str]:
        self.clock.now_s += seconds
        return self.crew.end_late()

    def load(self) -> None:
        self.crew.load("m", LoadOrder(SLOW, 0))
        self.crew.expect("m")


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_silent_worker_writes_its_stacks_and_is_ended_once(watched: Watched):
    watched.load()
    early = watched.after(19)
    late = watched.after(1)

    assert [] == early
    assert ["m"] == late
    assert [] == watched.after(1000)
    assert ["load", "dump_stacks", f"shutdown {DUMP_GRACE_S:g}"] == watched.worker.told


def test_why_a_silent_worker_was_ended_says_what_it_should_have_done(watched: Watched):
    watched.load()
    watched.after(20)
    gone = watched.crew.bury("m", CLOSED)

    assert "load made no progress for 20 s; its stacks: logs/m_2.log" == gone.reason
    assert "Thread 0x..." == gone.printed


def test_each_worker_of_a_model_is_late_and_buried_by_its_own_name(watched: Watched):
    watched.load()
    watched.clock.now_s += 5
    watched.crew.add("m#2", SLOW, cast("Worker", StillWorker()))
    watched.crew.load("m#2", LoadOrder(SLOW, 0))
    watched.crew.expect("m#2")

    first, second = watched.after(15), watched.after(5)
    gone = watched.crew.bury("m#2", CLOSED)

    assert (["m"], ["m#2"]) == (first, second)
    assert SLOW is watched.crew.model("m")
    assert "m#2" == gone.worker
    assert "load made no progress for 20 s; its stacks: logs/m_2.log" == gone.reason


def test_a_worker_that_never_greets_has_no_stacks_to_point_to(watched: Watched):
    late = watched.after(START_TIMEOUT_S)

    assert ["m"] == late
    assert "no greeting within 60 s" == watched.crew.bury("m", CLOSED).reason


def test_a_worker_without_work_may_be_silent(watched: Watched):
    watched.load()
    watched.crew.loaded("m")
    watched.crew.expect("m")
    idle = watched.after(1000)
    watched.crew.send("m", request())
    watched.crew.expect("m")
    busy = watched.after(10)

    assert [] == idle
    assert ["m"] == busy
    assert "no answer for 10 s; its stacks: logs/m_2.log" == watched.crew.bury("m", CLOSED).reason


def test_a_worker_that_has_answered_everything_may_be_silent(watched: Watched):
    watched.load()
    watched.crew.loaded("m")
    for name in ("a", "b"):
        watched.crew.send("m", request(name))
    watched.crew.settled("m")
    watched.crew.expect("m")
    early = watched.after(9)
    watched.crew.settled("m")
    watched.crew.expect("m")

    assert [] == early
    assert [] == watched.after(1000)


def test_a_dead_worker_is_late_for_nothing(watched: Watched):
    watched.load()
    watched.crew.bury("m", CLOSED)

    assert [] == watched.after(1000)
    assert "join" == watched.worker.told[-1]


def test_a_failed_load_is_explained_by_its_traceback(watched: Watched):
    watched.load()
    watched.crew.load_failed(
        "m", ErrorInfo("RuntimeError", "boom", "Traceback\n  boom at 0x7f123456\n")
    )
    watched.crew.expect("m")
    idle = watched.after(1000)

    assert [] == idle
    assert "Traceback\n  boom at 0x..." == watched.crew.bury("m", CLOSED).printed


def test_all_answer_while_none_starts_or_loads(watched: Watched):
    told = [Crew().answers, watched.crew.answers]
    watched.load()
    told.append(watched.crew.answers)
    watched.crew.loaded("m")
    told.append(watched.crew.answers)
    watched.crew.add("n", SLOW, cast("Worker", StillWorker()))
    told.append(watched.crew.answers)

    assert [False, False, False, True, False] == told


def test_closing_leaves_nobody(watched: Watched):
    watched.crew.close()

    assert ["kill", "join"] == watched.worker.told


KILLED = Death(DeathKind.SIGNAL, "SIGKILL", by_itself=False, stderr_tail="")
EXITED = Death(DeathKind.EXIT, "exit code 70", by_itself=True, stderr_tail="EngineDeadError\n")
CRASHED = Death(DeathKind.SIGNAL, "SIGSEGV", by_itself=True, stderr_tail="")


@pytest.mark.parametrize("death", [KILLED, EXITED])
def test_a_death_with_a_kill_of_the_kernels_was_for_memory(watched: Watched, death: Death):
    """Of the worker, or of a process that it cannot go on without."""
    watched.oom_kills += 1
    gone = watched.crew.bury("m", death)

    assert (True, True) == (gone.by_itself, gone.out_of_memory)
    assert gone.reason.startswith(f"the kernel ended it, because memory ran out: {death.detail}")


@pytest.mark.parametrize(("death", "kills"), [(KILLED, 0), (CRASHED, 1), (CLOSED, 1)])
def test_any_other_death_has_its_own_reason(watched: Watched, death: Death, kills: int):
    watched.oom_kills += kills
    gone = watched.crew.bury("m", death)

    assert (death.by_itself, False) == (gone.by_itself, gone.out_of_memory)
    assert gone.reason.startswith(death.detail)


def test_a_worker_that_takes_too_much_is_killed_and_goes_for_that_reason(watched: Watched):
    taken = watched.crew.take(Worry("m", 42, "it had too much", is_over=True, of_memory=True))
    gone = watched.crew.bury("m", CLOSED)

    assert taken
    assert ["kill", "join"] == watched.worker.told
    assert ("it had too much", True, True) == (gone.reason, gone.by_itself, gone.out_of_memory)
    assert not gone.is_planned


def test_a_worker_that_leaks_goes_when_it_is_told_to_and_as_planned(watched: Watched):
    taken = watched.crew.take(Worry("m", 42, "it grew", is_over=False))
    gone = watched.crew.bury("m", CLOSED)

    assert taken
    assert ["join"] == watched.worker.told
    assert ("it grew", False, True) == (gone.reason, gone.by_itself, gone.is_planned)


def test_a_worker_that_leaks_and_crashes_first_goes_for_the_crash(watched: Watched):
    watched.crew.take(Worry("m", 42, "it grew", is_over=False))
    gone = watched.crew.bury("m", CRASHED)

    assert ("SIGSEGV", True, False) == (gone.reason, gone.by_itself, gone.is_planned)


def test_what_is_said_of_a_worker_that_is_gone_is_not_the_next_ones(watched: Watched):
    other = watched.crew.take(Worry("m", 41, "it had too much", is_over=True))
    watched.crew.bury("m", CRASHED)

    assert not other
    assert not watched.crew.take(Worry("m", 42, "it had too much", is_over=True))
    assert ["join"] == watched.worker.told
