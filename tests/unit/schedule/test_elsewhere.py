"""What goes wrong in one slot says nothing of others."""

from collections.abc import Sequence

import pytest

from tests.build import request
from vlmhb.schedule.commands import Command, GiveUp, StartWorker
from vlmhb.schedule.events import (
    EnvReady,
    LoadFailed,
    SlotJoined,
    SlotLost,
    SlotRefused,
    WorkerGone,
    WorkerLoaded,
)
from vlmhb.schedule.slots import Need, Slot
from vlmhb.schedule.state import Scheduler
from vlmhb.schedule.unloaded import MAX_FAILED_STARTS

GPU = Need(1)
CRASH = "segmentation fault"


def begun(*sizes_gib: float, need: Need = GPU) -> Scheduler:
    """One model with enough to do for a worker on each of these GPUs, which all are started."""
    asked = {"m": [request(f"m-{number}") for number in range(100)]}
    slots = [Slot(f"gpu{number}", size) for number, size in enumerate(sizes_gib)]
    scheduler = Scheduler(asked, {"m": "e"}, slots)
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": need}))
    return scheduler


def fail(scheduler: Scheduler, worker: str, *, of_memory: bool = False) -> list[Command]:
    """It cannot load its model, and is gone."""
    scheduler.handle(LoadFailed(worker, "no", of_memory))
    return scheduler.handle(WorkerGone(worker, "closed", by_itself=False))


def crash(scheduler: Scheduler, worker: str) -> list[Command]:
    return scheduler.handle(WorkerGone(worker, CRASH, by_itself=True))


def given_up(commands: Sequence[Command]) -> list[str]:
    return [one.reason for one in commands if isinstance(one, GiveUp)]


def test_a_load_that_fails_is_no_reason_to_give_up_a_model_that_others_still_load():
    scheduler = begun(80, 80, 80)
    first, second = fail(scheduler, "m"), fail(scheduler, "m#2")

    third = fail(scheduler, "m#3")

    assert ([], []) == (first, second)
    assert ["no"] == given_up(third)


def test_a_load_that_fails_is_not_tried_in_other_slots_that_are_free():
    scheduler = Scheduler({"m": [request("r")]}, {"m": "e"}, [Slot("g0", 80.0), Slot("g1", 80.0)])
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": GPU}))

    assert ["no"] == given_up(fail(scheduler, "m"))


def test_a_slot_where_a_start_fails_is_not_tried_again_while_another_worker_holds_the_model():
    scheduler = begun(80, 80)
    scheduler.handle(WorkerLoaded("m", 4))

    assert [] == crash(scheduler, "m#2")


def test_starts_that_fail_one_after_the_other_do_not_end_a_model_that_others_still_load():
    scheduler = begun(80, 80)
    told = [crash(scheduler, "m") for _ in range(MAX_FAILED_STARTS)]

    other = crash(scheduler, "m#2")

    again = [StartWorker("m", "m", ("gpu0",))]
    assert [*[again] * (MAX_FAILED_STARTS - 1), []] == told
    assert [CRASH] == given_up(other)


def test_workers_that_are_killed_while_they_load_do_not_end_a_model_that_another_one_answers():
    """The host may have too little memory for two, and not tell."""
    scheduler = begun(80, 80)
    scheduler.handle(WorkerLoaded("m", 4))
    killed = WorkerGone("m#2", "SIGKILL", by_itself=False)

    told = [scheduler.handle(killed) for _ in range(MAX_FAILED_STARTS)]

    again = [StartWorker("m", "m#2", ("gpu1",))]
    assert [*[again] * (MAX_FAILED_STARTS - 1), []] == told


@pytest.mark.parametrize("end", ["by itself", "killed"])
def test_a_gpu_that_holds_the_model_is_not_refused_for_one_of_its_size_that_was_full(end: str):
    scheduler = begun(80, 80)
    scheduler.handle(WorkerLoaded("m", 4))
    fail(scheduler, "m#2", of_memory=True)

    again = scheduler.handle(WorkerGone("m", "it ended", by_itself=end == "by itself"))

    assert StartWorker("m", "m", ("gpu0",)) in again


def test_a_model_that_did_not_fit_beside_a_small_gpu_is_tried_on_two_larger_ones():
    scheduler = begun(24, 80, 80, need=Need(2, 20))

    tried = fail(scheduler, "m", of_memory=True)

    assert [StartWorker("m", "m", ("gpu1", "gpu2"))] == tried


def test_a_load_that_fails_on_a_gpu_that_is_lost_says_nothing_of_the_others():
    scheduler = begun(80, 80)
    scheduler.handle(SlotLost("gpu0", "it fell off the bus"))

    told = fail(scheduler, "m", of_memory=True)

    assert [] == told


def test_a_slot_that_comes_again_is_tried_whatever_was_the_matter_with_it_before():
    scheduler = begun(80, 80)
    scheduler.handle(SlotLost("gpu0", "its node is gone"))
    scheduler.handle(SlotRefused("m", "gpu0", "its node is gone"))

    came = scheduler.handle(SlotJoined(Slot("gpu0", 80)))

    assert [StartWorker("m", "m", ("gpu0",))] == came
