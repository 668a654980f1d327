"""Who gets what is free, and who leaves for others."""

from collections.abc import Sequence

from tests.build import answer, request
from vlmhb.domain.run import Request
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.commands import Command, StartWorker, StopWorker
from vlmhb.schedule.events import (
    EnvReady,
    HostFull,
    SlotsMayBeFree,
    WeightsReady,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
)
from vlmhb.schedule.slots import Need, Slot, cpu_slots
from vlmhb.schedule.state import Scheduler

GPUS = tuple(Slot(f"g{number}", 80.0) for number in range(4))


def many(model: str, count: int = 200) -> list[Request]:
    return [request(f"{model}-{number}", model) for number in range(count)]


def starts(commands: Sequence[Command]) -> list[str]:
    return [one.worker for one in commands if isinstance(one, StartWorker)]


def stops(commands: Sequence[Command]) -> list[str]:
    return [one.worker for one in commands if isinstance(one, StopWorker)]


def test_where_only_the_number_of_workers_is_in_the_way_one_of_them_leaves():
    asked = {"small": many("small"), "wide": many("wide", 1)}
    env_of = {"small": "e", "wide": "f"}
    scheduler = Scheduler(asked, env_of, GPUS, at_once=AtOnce(2))
    scheduler.start()
    first = scheduler.handle(EnvReady("e", {"small": Need(1)}))

    leave = scheduler.handle(EnvReady("f", {"wide": Need(2)}))
    (leaving,) = stops(leave)
    gone = scheduler.handle(WorkerGone(leaving, "done", by_itself=False))

    assert ["small", "small#2"] == starts(first)
    assert ["wide"] == starts(gone)


def test_so_does_one_whose_slot_is_of_no_use_to_the_model_that_waits():
    asked = {"small": many("small"), "large": many("large", 1)}
    slots = (Slot("l0", 24.0), Slot("l1", 24.0), GPUS[0])
    scheduler = Scheduler(asked, {"small": "e", "large": "f"}, slots, at_once=AtOnce(2))
    scheduler.start()
    scheduler.handle(EnvReady("e", {"small": Need(1, 10)}))

    leave = scheduler.handle(EnvReady("f", {"large": Need(1, 70)}))

    assert 1 == len(stops(leave))


def test_what_is_kept_for_a_model_that_waits_for_more_is_not_the_next_ones():
    asked = {"small": many("small", 40), "wide": many("wide", 1), "late": many("late", 1)}
    env_of = {"small": "e", "wide": "f", "late": "g"}
    scheduler = Scheduler(asked, env_of, GPUS)
    scheduler.start()
    first = scheduler.handle(EnvReady("e", {"small": Need(1)}))
    (leaving,) = stops(scheduler.handle(EnvReady("f", {"wide": Need(3)})))

    beside = scheduler.handle(EnvReady("g", {"late": Need(1)}))
    gone = scheduler.handle(WorkerGone(leaving, "done", by_itself=False))

    assert ["small", "small#2"] == starts(first)
    assert [[], ["wide"]] == [starts(told) for told in (beside, gone)]


def test_a_further_worker_for_which_the_host_has_no_memory_is_tried_again_when_one_is_gone():
    scheduler = Scheduler({"m": many("m"), "one": many("one", 1)}, {"m": "e", "one": "e"}, GPUS[:3])
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": Need(1), "one": Need(1)}))

    full = scheduler.handle(HostFull("m#2"))
    again = scheduler.handle(SlotsMayBeFree())
    tries_again = scheduler.may_try_again
    scheduler.handle(WorkerLoaded("one", 1))
    scheduler.handle(WorkerAnswered("one", answer("one-0")))
    gone = scheduler.handle(WorkerGone("one", "done", by_itself=False))

    assert [[], [], ["m#2", "m#3"]] == [starts(told) for told in (full, again, gone)]
    assert not tries_again


def test_a_model_that_gets_slower_gets_help_when_a_load_could_have_been_over():
    """And not only once it has answered twice as much as when it was fast."""
    scheduler = Scheduler({"m": many("m", 110)}, {"m": "e"}, cpu_slots(2))
    scheduler.start()
    scheduler.handle(EnvReady("e"), 0.0)
    scheduler.handle(WorkerLoaded("m", 1), 100.0)
    started = {}
    for number in range(32):
        at_s = 100.0 + (number + 1 if number < 16 else 16 + 20 * (number - 15))
        if starts(scheduler.handle(WorkerAnswered("m", answer(f"m-{number}")), at_s)):
            started[number + 1] = at_s

    assert {21: 216.0} == started


def test_the_next_model_is_one_that_waits_for_nothing_but_slots():
    asked = {model: many(model, 1) for model in ("small", "now", "wide", "later")}
    env_of = dict.fromkeys(asked, "e") | {"later": "f"}
    scheduler = Scheduler(asked, env_of, GPUS[:2], weighted={"small"})
    scheduler.start()
    before = scheduler.next_model
    needs = {"now": Need(1), "small": Need(1), "wide": Need(2)}
    (first,) = starts(scheduler.handle(EnvReady("e", needs)))
    while_weights_come = scheduler.next_model
    scheduler.handle(WeightsReady("small"))

    assert (None, "wide", "now") == (before, first, while_weights_come)
    assert "small" == scheduler.next_model
