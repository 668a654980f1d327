"""Whose doing a death was, while other workers of the model go on."""

from collections.abc import Sequence

from tests.build import answer, request
from vlmhb.schedule.blame import MAX_STRIKES
from vlmhb.schedule.commands import Command, GiveUp, Record, Send, StartWorker, StopWorker
from vlmhb.schedule.events import EnvReady, WorkerAnswered, WorkerGone, WorkerLoaded
from vlmhb.schedule.slots import Need, Slot
from vlmhb.schedule.state import RESTARTS_ALLOWED, Scheduler

GPUS = (Slot("g0", 80.0), Slot("g1", 80.0))


def two_workers(count: int, window: int) -> Scheduler:
    """Both loaded, each with as many requests as it takes."""
    scheduler = Scheduler({"m": [request(f"r{n}") for n in range(count)]}, {"m": "e"}, GPUS)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": Need(1)}))
    for worker in ("m", "m#2"):
        scheduler.handle(WorkerLoaded(worker, window))
    return scheduler


def sent(commands: Sequence[Command], worker: str = "m") -> list[str]:
    return [one.request.id for one in commands if isinstance(one, Send) and one.worker == worker]


def dies(
    scheduler: Scheduler, worker: str, window: int = 4, *, by_itself: bool = True
) -> list[Command]:
    """And its successor is loaded."""
    commands = scheduler.handle(WorkerGone(worker, "SIGSEGV", by_itself=by_itself))
    if any(isinstance(one, StartWorker) and one.worker == worker for one in commands):
        commands += scheduler.handle(WorkerLoaded(worker, window))
    return commands


def test_who_is_to_blame_for_one_death_says_nothing_of_the_suspects_of_another():
    scheduler = two_workers(40, 4)
    one = sent(dies(scheduler, "m"))
    for _ in range(1 + MAX_STRIKES):
        other = dies(scheduler, "m#2")

    failed = [command.outcome.request_id for command in other if isinstance(command, Record)]
    assert (["r0"], ["r4"]) == (one, failed)
    assert ["r1"] == sent(other, "m#2")  # alone: it may have ended the first worker


def test_a_worker_that_is_loaded_tries_the_accused_while_another_one_still_loads():
    scheduler = Scheduler({"m": [request(f"r{n}") for n in range(40)]}, {"m": "e"}, GPUS)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": Need(1)}))
    scheduler.handle(WorkerLoaded("m", 1))
    dies(scheduler, "m", 1, by_itself=False)

    for number in range(1, 40):
        last = scheduler.handle(WorkerAnswered("m", answer(f"r{number}")))

    assert ["r0"] == sent(last)
    after = scheduler.handle(WorkerAnswered("m", answer("r0")))
    assert [StopWorker("m"), StopWorker("m#2")] == after[1:]


def test_a_worker_that_loads_is_not_ended_while_another_one_tries_a_group():
    """What is tried goes to one worker alone; there is more for the other."""
    scheduler = Scheduler({"m": [request(f"r{n}") for n in range(100)]}, {"m": "e"}, GPUS)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": Need(1)}))
    scheduler.handle(WorkerLoaded("m", 40))
    group = sent(dies(scheduler, "m", 40))

    answered = scheduler.handle(WorkerAnswered("m", answer("r0")))

    assert [f"r{n}" for n in range(7)] == group
    assert [Record] == [type(one) for one in answered]


def test_a_worker_that_loads_is_ended_when_another_one_has_died_too_often():
    scheduler = Scheduler({"m": [request(f"r{n}") for n in range(100)]}, {"m": "e"}, GPUS)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": Need(1)}))
    scheduler.handle(WorkerLoaded("m", 1))
    for _ in range(RESTARTS_ALLOWED):
        dies(scheduler, "m", 1, by_itself=False)

    gave_up, end = dies(scheduler, "m", 1, by_itself=False)

    assert isinstance(gave_up, GiveUp)
    assert StopWorker("m#2") == end
