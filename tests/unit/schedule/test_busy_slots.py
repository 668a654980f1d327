"""A GPU that another run has keeps nobody from the others."""

from tests.build import request
from vlmhb.domain.run import Request
from vlmhb.schedule.commands import GiveUp, StartWorker, StopWorker
from vlmhb.schedule.events import (
    EnvFailed,
    EnvReady,
    LoadFailed,
    SlotRefused,
    SlotsBusy,
    SlotsMayBeFree,
    WorkerGone,
    WorkerLoaded,
)
from vlmhb.schedule.slots import Need, Slot
from vlmhb.schedule.state import Scheduler

SLOTS = (Slot("gpu0", 80.0), Slot("gpu1", 80.0))


def test_of_two_gpus_of_which_another_run_has_one_the_other_goes_to_the_next_model():
    asked = {"split": [request("s")], "one": [request("o")], "two": [request("t")]}
    scheduler = Scheduler(asked, dict.fromkeys(asked, "e"), SLOTS)
    scheduler.start()
    needs = {"split": Need(2), "one": Need(1), "two": Need(1)}

    first = scheduler.handle(EnvReady("e", needs))
    beside = scheduler.handle(SlotsBusy("split", "gpu1"))
    tried = scheduler.handle(SlotsMayBeFree())
    busy = scheduler.handle(SlotsBusy("two", "gpu1"))

    both = StartWorker("split", "split", ("gpu0", "gpu1"))
    assert [both] == first
    assert [StartWorker("one", "one", ("gpu0",))] == beside
    assert [StartWorker("two", "two", ("gpu1",))] == tried
    assert [] == busy


def many(model: str) -> list[Request]:
    return [request(f"{model}-{number}", model) for number in range(100)]


def test_nobody_makes_room_beside_a_gpu_that_another_run_has_until_a_worker_could_use_it():
    asked = {"one": many("one"), "split": [request("s", "split")]}
    scheduler = Scheduler(asked, dict.fromkeys(asked, "e"), (*SLOTS, Slot("gpu2", 80.0)))
    scheduler.start()
    scheduler.handle(EnvReady("e", {"one": Need(1), "split": Need(2)}))
    beside = scheduler.handle(SlotsBusy("split", "gpu1"))
    tried = scheduler.handle(SlotsMayBeFree())
    busy = scheduler.handle(SlotsBusy("one#3", "gpu1"))
    again = scheduler.handle(SlotsMayBeFree())
    free = scheduler.handle(WorkerLoaded("one#3", 4))

    third = StartWorker("one", "one#3", ("gpu1",))
    assert [StartWorker("one", "one#2", ("gpu0",))] == beside
    assert ([third], [], [third]) == (tried, busy, again)
    assert StopWorker("one#2") in free


def test_a_slot_that_is_too_full_for_a_model_is_not_lent_to_a_helper_that_would_have_to_leave():
    asked = {"one": many("one"), "large": [request("l", "large")]}
    scheduler = Scheduler(asked, dict.fromkeys(asked, "e"), (Slot("gpu0", 24.0), SLOTS[1]))
    scheduler.start()
    started = scheduler.handle(EnvReady("e", {"one": Need(1, 10), "large": Need(1, 40)}))
    full = scheduler.handle(SlotRefused("large", "gpu1", "full", for_now=True))
    again = scheduler.handle(SlotsMayBeFree())
    for_good = scheduler.handle(SlotRefused("large", "gpu1", "full"))

    large = StartWorker("large", "large", ("gpu1",))
    assert [StartWorker("one", "one", ("gpu0",)), large] == started
    assert [] == full
    assert [large] == again
    assert StartWorker("one", "one#2", ("gpu1",)) in for_good


def test_a_slot_that_is_too_full_for_a_helper_is_left_alone_until_it_is_tried_again():
    scheduler = Scheduler({"one": many("one")}, {"one": "e"}, SLOTS)
    scheduler.start()
    started = scheduler.handle(EnvReady("e", {"one": Need(1)}))
    full = scheduler.handle(SlotRefused("one#2", "gpu1", "full", for_now=True))
    again = scheduler.handle(SlotsMayBeFree())

    helper = StartWorker("one", "one#2", ("gpu1",))
    assert helper == started[-1]
    assert ([], [helper]) == (full, again)


def test_a_slot_left_to_a_model_whose_env_fails_is_given_to_another_worker_at_once():
    asked = {"one": many("one"), "late": [request("l", "late")]}
    scheduler = Scheduler(asked, {"one": "e", "late": "f"}, SLOTS)
    scheduler.start()
    first = scheduler.handle(EnvReady("e", {"one": Need(1)}))

    failed = scheduler.handle(EnvFailed("f", "no such package"))

    assert [StartWorker("one", "one", ("gpu0",))] == first
    assert StartWorker("one", "one#2", ("gpu1",)) in failed


def test_a_model_whose_last_hope_was_a_slot_that_another_run_has_is_given_up():
    """The other worker ran out of memory on a GPU as large."""
    scheduler = Scheduler({"one": many("one")}, {"one": "e"}, SLOTS)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"one": Need(1)}))
    scheduler.handle(LoadFailed("one", "too large", out_of_memory=True))
    gone = scheduler.handle(WorkerGone("one", "done", by_itself=False))

    busy = scheduler.handle(SlotsBusy("one#2", "gpu1"))

    assert [] == gone
    assert [GiveUp("one", "too large")] == busy
    assert scheduler.finished


def test_slots_are_worth_another_try_while_somebody_else_has_one():
    scheduler = Scheduler({"one": [request("o")]}, {"one": "e"}, SLOTS)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"one": Need(1)}))
    before = scheduler.may_try_again
    scheduler.handle(SlotsBusy("one", "gpu0"))
    busy = scheduler.may_try_again
    scheduler.handle(SlotsMayBeFree())
    called_back = scheduler.may_try_again
    scheduler.handle(SlotRefused("one", "gpu1", "full", for_now=True))

    assert (False, True, False) == (before, busy, called_back)
    assert scheduler.may_try_again
