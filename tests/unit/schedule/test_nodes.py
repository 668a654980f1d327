"""Slots on several machines: what one worker takes is on one of them."""

from collections.abc import Sequence

from tests.build import request
from vlmhb.domain.run import Request
from vlmhb.schedule.commands import Command, GiveUp, StartWorker, StopWorker
from vlmhb.schedule.events import EnvReady, SlotLost, WorkerGone
from vlmhb.schedule.slots import Need, Slot, Slots
from vlmhb.schedule.state import Scheduler

NODES = {"n1": ("a", "b"), "n2": ("c", "d", "e")}
SLOTS = [Slot(name, 80.0, node=node) for node, names in NODES.items() for name in names]


def many(model: str) -> list[Request]:
    return [request(f"{model}-{number}", model) for number in range(400)]


def node_of(name: str) -> str:
    return next(slot.node for slot in SLOTS if slot.name == name)


def placed(commands: Sequence[Command]) -> dict[str, tuple[str, ...]]:
    return {one.worker: one.slots for one in commands if isinstance(one, StartWorker)}


def test_gpus_of_two_machines_hold_no_model_together():
    slots = Slots(SLOTS)
    slots.take("one", ("a",))
    slots.take("two", ("c", "d"))

    assert () == slots.find(Need(2))
    assert slots.can_ever_hold(Need(3), {})
    assert not slots.can_ever_hold(Need(4), {})
    assert "4 GPUs on one machine" in slots.why_not(Need(4))


def test_the_machine_with_the_larger_gpus_is_left_to_who_needs_them():
    small = [Slot(name, 24.0, node="small") for name in ("s1", "s2")]

    assert {"s1", "s2"} == set(Slots([*SLOTS, *small]).find(Need(2, 20.0)))
    assert {"small"} != {node_of(name) for name in Slots([*small, *SLOTS]).find(Need(2, 70.0))}


def test_helpers_make_room_on_one_machine():
    scheduler = Scheduler({"one": many("one"), "two": many("two")}, {"one": "e", "two": "f"}, SLOTS)
    scheduler.start()
    where = placed(scheduler.handle(EnvReady("e", {"one": Need(1)})))
    leave = scheduler.handle(EnvReady("f", {"two": Need(2)}))
    left = [one.worker for one in leave if isinstance(one, StopWorker)]
    starts = [placed(scheduler.handle(WorkerGone(worker, "", by_itself=False))) for worker in left]

    (free,) = {slot.name for slot in SLOTS} - {name for (name,) in where.values()}
    (gone,) = left
    assert node_of(free) == node_of(*where[gone])
    assert {free, *where[gone]} == set(starts[-1]["two"])


def test_a_machine_where_there_is_no_room_is_not_the_one_where_the_fewest_leave():
    slots = [Slot("alone", 80.0, node="small"), *SLOTS[2:]]
    scheduler = Scheduler({"one": many("one"), "two": many("two")}, {"one": "e", "two": "f"}, slots)
    scheduler.start()
    where = placed(scheduler.handle(EnvReady("e", {"one": Need(1)})))

    leave = scheduler.handle(EnvReady("f", {"two": Need(2)}))

    (left,) = (one.worker for one in leave if isinstance(one, StopWorker))
    assert "n2" == node_of(*where[left])


def test_a_model_that_only_a_lost_machine_could_hold_is_given_up():
    scheduler = Scheduler({"m": [request("a", "m")]}, {"m": "e"}, SLOTS)
    scheduler.start()
    started = placed(scheduler.handle(EnvReady("e", {"m": Need(3)})))
    told: list[Command] = []
    for name in NODES["n2"]:
        told += scheduler.handle(SlotLost(name, "n2 is gone"))
    told += scheduler.handle(WorkerGone("m", "n2 is gone", by_itself=False))

    assert {"m": ("c", "d", "e")} == started
    assert [GiveUp("m", "n2 is gone")] == [one for one in told if isinstance(one, GiveUp)]
