"""A worker that should make room finishes what it has, costs nothing, and another one follows."""

from tests.build import answer, request
from vlmhb.schedule.commands import Command, Record, Send, StartWorker, StopWorker
from vlmhb.schedule.events import (
    EnvReady,
    Event,
    ReplacementWanted,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
)
from vlmhb.schedule.slots import cpu_slots
from vlmhb.schedule.state import RESTARTS_ALLOWED, Scheduler
from vlmhb.schedule.work import ALONE_AT_MOST

GONE = WorkerGone("m", "it grew", by_itself=False, is_planned=True)


def scheduler(count: int, window: int = 2) -> Scheduler:
    """With a worker that has got its first requests."""
    made = Scheduler({"m": [request(f"r{n}") for n in range(count)]}, {"m": "toy"}, cpu_slots(1))
    made.handle(EnvReady("toy"))
    made.handle(WorkerLoaded("m", window))
    return made


def kinds(made: Scheduler, event: Event) -> list[type[Command]]:
    return [type(command) for command in made.handle(event)]


def test_it_gets_nothing_more_and_ends_with_its_last_answer():
    made = scheduler(5)
    wanted = kinds(made, ReplacementWanted("m"))
    first = kinds(made, WorkerAnswered("m", answer("r0")))
    last = kinds(made, WorkerAnswered("m", answer("r1")))
    next_one = kinds(made, GONE)
    fed = kinds(made, WorkerLoaded("m", 2))

    assert [] == wanted
    assert [Record] == first
    assert [Record, StopWorker] == last
    assert [StartWorker] == next_one
    assert [Send, Send] == fed


def test_it_may_happen_more_often_than_workers_may_die():
    count = 2 * RESTARTS_ALLOWED
    made = scheduler(count, window=1)
    for number in range(count - 1):
        made.handle(ReplacementWanted("m"))
        made.handle(WorkerAnswered("m", answer(f"r{number}")))
        made.handle(GONE)
        fed = kinds(made, WorkerLoaded("m", 1))

        assert [Send] == fed


def test_a_worker_with_nothing_left_to_do_has_no_successor():
    made = scheduler(1)
    made.handle(ReplacementWanted("m"))
    last = kinds(made, WorkerAnswered("m", answer("r0")))

    assert [Record, StopWorker] == last
    assert [] == kinds(made, GONE)
    assert made.finished


def test_the_rest_of_a_group_that_is_tried_is_left_to_the_next_one():
    count = 2 * ALONE_AT_MOST
    made = scheduler(count, window=count)
    made.handle(WorkerGone("m", "SIGSEGV", by_itself=True))
    tried = made.handle(WorkerLoaded("m", 1))
    made.handle(ReplacementWanted("m"))
    made.handle(WorkerAnswered("m", answer("r0")))
    made.handle(GONE)

    fed = made.handle(WorkerLoaded("m", 1))

    assert [["r0"], ["r1"]] == [
        [one.request.id for one in told if isinstance(one, Send)] for told in (tried, fed)
    ]
