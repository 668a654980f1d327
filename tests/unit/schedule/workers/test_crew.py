"""What is known of the workers that run, and what becomes of one that says nothing."""

from typing import cast

import pytest

from tests.build import model, request
from vlmhb.domain.answer import ErrorInfo
from vlmhb.schedule.workers.crew import DUMP_GRACE_S, Crew
from vlmhb.schedule.workers.deadlines import START_TIMEOUT_S
from vlmhb.worker import Death, DeathKind, LoadOrder, Worker

SLOW = model("m", load_timeout_s=20.0, answer_timeout_s=10.0)
CLOSED = Death(DeathKind.CLOSED, "SIGTERM", by_itself=False, stderr_tail="Thread 0x7f0012345678\n")


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class StillWorker:
    """Does nothing, and remembers what it was told to do."""

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
        self.crew = Crew(self.clock)
        self.worker = StillWorker()
        self.crew.add(SLOW, cast("Worker", self.worker))

    def after(self, seconds: float) -> list[str]:
        self.clock.now_s += seconds
        return self.crew.end_late()

    def load(self) -> None:
        self.crew.load("m", LoadOrder(SLOW, 0))
        self.crew.expect("m", owes_answers=False)


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

    assert "load made no progress for 20 s; its stacks: logs/m.log" == gone.reason
    assert "Thread 0x..." == gone.printed


def test_a_worker_that_never_greets_has_no_stacks_to_point_to(watched: Watched):
    late = watched.after(START_TIMEOUT_S)

    assert ["m"] == late
    assert "no greeting within 60 s" == watched.crew.bury("m", CLOSED).reason


def test_a_worker_without_work_may_be_silent(watched: Watched):
    watched.load()
    watched.crew.loaded("m")
    watched.crew.expect("m", owes_answers=False)
    idle = watched.after(1000)
    watched.crew.send("m", request())
    watched.crew.expect("m", owes_answers=True)
    busy = watched.after(10)

    assert [] == idle
    assert ["m"] == busy
    assert "no answer for 10 s; its stacks: logs/m.log" == watched.crew.bury("m", CLOSED).reason


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
    watched.crew.expect("m", owes_answers=False)
    idle = watched.after(1000)

    assert [] == idle
    assert "Traceback\n  boom at 0x..." == watched.crew.bury("m", CLOSED).printed


def test_closing_leaves_nobody(watched: Watched):
    watched.crew.close()

    assert ["kill", "join"] == watched.worker.told
