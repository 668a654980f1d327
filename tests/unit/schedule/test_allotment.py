"""Who gets what is free, and who leaves for others."""

from collections.abc import Sequence

from tests.build import answer, request
from vlmhb.domain.run import Request
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.commands import Command, Send, StartWorker, StopWorker
from vlmhb.schedule.events import (
    EnvReady,
    HostFull,
    SlotJoined,
    SlotRefused,
    SlotsMayBeFree,
    WeightsReady,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
    WorkerSilent,
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


def test_while_one_leaves_no_other_does_for_the_same_model():
    asked = {"small": many("small"), "one": many("one", 1)}
    scheduler = Scheduler(asked, {"small": "e", "one": "f"}, GPUS, at_once=AtOnce(3))
    scheduler.start()
    first = starts(scheduler.handle(EnvReady("e", {"small": Need(1)})))
    for number, worker in enumerate(first):
        scheduler.handle(WorkerLoaded(worker, 3 - number))

    owing = scheduler.handle(EnvReady("f", {"one": Need(1)}))
    again = scheduler.handle(SlotsMayBeFree())
    last = scheduler.handle(WorkerAnswered("small#3", answer("small-5")))
    other = scheduler.handle(WorkerAnswered("small#2", answer("small-3")))

    assert ["small", "small#2", "small#3"] == first
    assert [[], [], ["small#3"]] == [stops(told) for told in (owing, again, last)]
    assert Send("small#2", many("small")[6]) in other


def test_the_worker_with_the_least_to_lose_leaves_whichever_its_model():
    asked = {"a": many("a", 40), "b": many("b"), "wide": many("wide", 1)}
    slots = (*GPUS, Slot("g4", 80.0))
    scheduler = Scheduler(asked, {"a": "e", "b": "e", "wide": "f"}, slots)
    scheduler.start()
    first = starts(scheduler.handle(EnvReady("e", {"a": Need(1), "b": Need(1)})))
    for worker in ("a", "a#2", "b"):
        scheduler.handle(WorkerLoaded(worker, 4))

    leave = scheduler.handle(EnvReady("f", {"wide": Need(2)}))

    assert ["a", "b", "a#2", "b#2"] == first
    assert ["b#2"] == stops(leave)


def test_a_worker_that_is_being_ended_is_not_the_one_that_stays():
    asked = {"m": many("m"), "wide": many("wide", 1)}
    scheduler = Scheduler(asked, {"m": "e", "wide": "f"}, GPUS[:3])
    scheduler.start()
    first = starts(scheduler.handle(EnvReady("e", {"m": Need(1)})))
    scheduler.handle(WorkerLoaded("m", 4))
    scheduler.handle(WorkerSilent("m"))

    assert ["m", "m#2"] == first
    assert [] == stops(scheduler.handle(EnvReady("f", {"wide": Need(2)})))


def test_a_slot_that_was_refused_is_none_that_a_worker_leaves_for_the_model():
    asked = {"small": many("small"), "large": many("large", 1)}
    scheduler = Scheduler(asked, dict.fromkeys(asked, "e"), GPUS[:2])
    scheduler.start()
    scheduler.handle(EnvReady("e", {"small": Need(1), "large": Need(1)}))

    refused = scheduler.handle(SlotRefused("large", "g1", "it is too small"))
    for worker, window in (("small", 4), ("small#2", 1)):
        scheduler.handle(WorkerLoaded(worker, window))

    assert ["small#2"] == starts(refused)
    assert Send("small#2", many("small")[5]) in scheduler.handle(
        WorkerAnswered("small#2", answer("small-4"))
    )


def first_starts(slots: Sequence[Slot], **needs: Need) -> list[str]:
    """In their order, where each model has enough to do for all slots."""
    asked = {name: many(name) for name in needs}
    scheduler = Scheduler(asked, dict.fromkeys(needs, "e"), slots)
    scheduler.start()
    return starts(scheduler.handle(EnvReady("e", needs)))


def test_what_is_left_over_goes_first_to_the_model_that_few_slots_can_hold():
    assert ["a", "b", "b#2"] == first_starts(GPUS[:3], a=Need(1, 10), b=Need(1, 40))
    assert ["b", "a", "b#2"] == first_starts((*GPUS, Slot("g4", 80.0)), a=Need(1), b=Need(2))


def left_over_to(answered: int) -> list[str]:
    """Who gets a slot that comes when two models have answered, `b` so many requests."""
    asked = {"a": many("a", 100), "b": many("b", 100)}
    scheduler = Scheduler(asked, dict.fromkeys(asked, "e"), GPUS[:2])
    scheduler.start()
    scheduler.handle(EnvReady("e", {"a": Need(1), "b": Need(1)}), 0.0)
    for name in asked:
        scheduler.handle(WorkerLoaded(name, 1), 10.0)
    for name, count in (("a", 4), ("b", answered)):
        for number in range(count):
            scheduler.handle(WorkerAnswered(name, answer(f"{name}-{number}")), 20.0)
    return starts(scheduler.handle(SlotJoined(GPUS[2]), 20.0))


def test_of_two_that_fit_the_one_with_the_most_work_left_or_of_unknown_speed_is_helped():
    assert [["b#2"], ["b#2"], ["a#2"]] == [left_over_to(answered) for answered in (0, 2, 8)]


def test_a_model_that_loads_in_no_time_gets_no_help_for_the_last_second():
    scheduler = Scheduler({"m": many("m", 100)}, {"m": "e"}, cpu_slots(2))
    scheduler.start()
    scheduler.handle(EnvReady("e"), 0.0)
    scheduler.handle(WorkerLoaded("m", 1), 0.0)

    told = [
        scheduler.handle(WorkerAnswered("m", answer(f"m-{number}")), 0.01 * (number + 1))
        for number in range(100)
    ]

    assert [] == [one for commands in told for one in starts(commands)]


def test_a_model_that_will_run_on_no_gpu_keeps_none_free():
    asked = {"m": many("m"), "ocr": many("ocr", 1)}
    slots = (*GPUS[:2], *cpu_slots(1))
    scheduler = Scheduler(asked, dict.fromkeys(asked, "e"), slots, ["ocr"])
    scheduler.start()

    assert ["m", "m#2"] == starts(scheduler.handle(EnvReady("e", {"m": Need(1)})))


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
