"""Weights are fetched when it is their turn: for slots that wait, and some ahead."""

import pytest

from tests.build import answer, request
from tests.simulated import Machine, Model, Simulation
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.commands import BuildEnv, Command, FetchWeights, StartWorker
from vlmhb.schedule.events import (
    EnvReady,
    SlotLost,
    SlotRefused,
    SlotsBusy,
    SlotsMayBeFree,
    StopRequested,
    WeightsFailed,
    WeightsReady,
    WorkerAnswered,
    WorkerGone,
    WorkerLoaded,
)
from vlmhb.schedule.slots import Need, Slot, cpu_slots
from vlmhb.schedule.state import Scheduler

GPUS = (Slot("g0", 80.0), Slot("g1", 80.0))
NAMES = ("a", "b", "c", "d", "e")


def scheduler_of(*names: str, ahead: int, slots: tuple[Slot, ...] = GPUS[:1]) -> Scheduler:
    return Scheduler(
        {name: [request(f"{name}-{n}", name) for n in range(2)] for name in names},
        dict.fromkeys(names, "env"),
        slots,
        names,
        at_once=AtOnce(None, ahead),
    )


def fetches(commands: list[Command]) -> list[str]:
    return [one.model for one in commands if isinstance(one, FetchWeights)]


def starts(commands: list[Command]) -> list[str]:
    return [one.model for one in commands if isinstance(one, StartWorker)]


def built(*names: str, gpus: int = 1) -> EnvReady:
    return EnvReady("env", dict.fromkeys(names, Need(gpus)))


def finish(scheduler: Scheduler, model: str) -> list[Command]:
    """Everything that follows until the model's worker is gone."""
    commands = scheduler.handle(WorkerLoaded(model, 8))
    for number in range(2):
        commands += scheduler.handle(WorkerAnswered(model, answer(f"{model}-{number}")))
    return [*commands, *scheduler.handle(WorkerGone(model, "done", by_itself=False))]


@pytest.mark.parametrize("ahead", [0, 1, 2, 9])
def test_at_first_come_those_that_could_start_and_so_many_ahead(ahead: int):
    scheduler = scheduler_of(*NAMES, ahead=ahead, slots=GPUS)

    commands = scheduler.start()

    assert list(NAMES[: 2 + ahead]) == fetches(commands)
    assert BuildEnv("env") == commands[0]


def test_one_more_is_fetched_when_one_that_was_fetched_ahead_starts():
    scheduler = scheduler_of(*NAMES, ahead=1)
    first = fetches([*scheduler.start(), *scheduler.handle(built(*NAMES))])
    calm = scheduler.handle(WeightsReady("b"))  # it came sooner than the other

    after = [fetches(calm), fetches(scheduler.handle(WeightsReady("a")))]
    after.append(fetches(finish(scheduler, "b")))

    assert ["a", "b"] == first
    assert ["b"] == starts(calm)
    assert [[], [], ["c"]] == after


def test_with_nothing_ahead_a_model_is_fetched_when_a_slot_waits_for_it():
    scheduler = scheduler_of("a", "b", ahead=0)
    first = fetches([*scheduler.start(), *scheduler.handle(built("a", "b"))])
    busy = fetches(scheduler.handle(WeightsReady("a")))

    free = fetches(finish(scheduler, "a"))

    assert (["a"], [], ["b"]) == (first, busy, free)


def test_a_slot_waits_for_one_model_at_a_time():
    scheduler = scheduler_of("a", "b", "c", ahead=0)
    scheduler.start()

    assert [] == fetches(scheduler.handle(built("a", "b", "c")))


def test_a_model_that_cannot_be_had_makes_room_for_the_next():
    scheduler = scheduler_of("a", "b", "c", ahead=0)
    scheduler.start()

    assert ["b"] == fetches(scheduler.handle(WeightsFailed("a", "404")))


def test_a_model_that_runs_is_not_ahead():
    scheduler = scheduler_of("a", "b", "c", ahead=1)
    scheduler.start()
    scheduler.handle(built("a", "b", "c"))
    scheduler.handle(WeightsReady("a"))

    assert ["c"] == fetches(scheduler.handle(WeightsFailed("b", "404")))


def test_what_another_run_has_is_waited_for_and_nothing_fetched_for_it():
    scheduler = scheduler_of("a", "b", ahead=0)
    scheduler.start()
    scheduler.handle(built("a", "b"))
    scheduler.handle(WeightsReady("a"))

    away = fetches(scheduler.handle(SlotsBusy("a", "g0")))
    again = scheduler.handle(SlotsMayBeFree())

    assert [] == away
    assert (["a"], []) == (starts(again), fetches(again))


def test_a_slot_that_cannot_hold_the_model_that_waits_is_the_next_ones():
    scheduler = scheduler_of("a", "b", "c", ahead=0, slots=GPUS)
    scheduler.start()
    scheduler.handle(built("a", "b", "c"))
    for name in ("a", "b"):
        scheduler.handle(WeightsReady(name))

    assert ["c"] == fetches(scheduler.handle(SlotRefused("a", "g0", "it is too full")))


def test_a_model_for_two_gpus_is_fetched_once_both_are_free():
    scheduler = scheduler_of("a", "b", "wide", ahead=0, slots=GPUS)
    scheduler.start()
    scheduler.handle(EnvReady("env", {"a": Need(1), "b": Need(1), "wide": Need(2)}))
    for name in ("a", "b"):
        scheduler.handle(WeightsReady(name))

    one = fetches(finish(scheduler, "a"))
    both = fetches(finish(scheduler, "b"))

    assert ([], ["wide"]) == (one, both)


def test_a_slot_is_not_promised_to_another_model_while_one_is_on_its_way_to_it():
    scheduler = scheduler_of("a", "b", "wide", "c", ahead=0, slots=GPUS)
    scheduler.start()
    scheduler.handle(EnvReady("env", {**dict.fromkeys("abc", Need(1)), "wide": Need(2)}))
    for name in ("a", "b"):
        scheduler.handle(WeightsReady(name))

    one = fetches(finish(scheduler, "a"))
    both = fetches(finish(scheduler, "b"))

    assert (["c"], []) == (one, both)


def test_a_model_is_fetched_for_a_slot_that_another_one_uses_meanwhile():
    names = {"a": 900, "b": 1, "c": 1}
    scheduler = Scheduler(
        {
            name: [request(f"{name}-{n}", name) for n in range(count)]
            for name, count in names.items()
        },
        dict.fromkeys(names, "env"),
        GPUS,
        ("c",),
        at_once=AtOnce(None, 0),
    )
    scheduler.start()
    scheduler.handle(built(*names), 0.0)
    scheduler.handle(WorkerLoaded("a", 1), 1.0)
    scheduler.handle(WorkerLoaded("b", 1), 1.0)
    for number in range(8):
        scheduler.handle(WorkerAnswered("a", answer(f"a-{number}")), 2.0 + number)
    scheduler.handle(WorkerAnswered("b", answer("b-0")), 10.0)

    commands = scheduler.handle(WorkerGone("b", "done", by_itself=False), 10.0)

    assert (["c"], ["a"]) == (fetches(commands), starts(commands))


def test_models_that_bring_no_weights_take_their_slots_and_are_nothing_ahead():
    scheduler = Scheduler(
        {name: [request(name, name)] for name in NAMES},
        dict.fromkeys(NAMES, "env"),
        GPUS[:1],
        ("d", "e"),
        at_once=AtOnce(None, 1),
    )

    assert ["d"] == fetches(scheduler.start())


def test_a_slot_that_is_lost_may_make_another_models_weights_the_next():
    scheduler = Scheduler(
        {"large": [request("l", "large")], "small": [request("s", "small")]},
        {"large": "env", "small": "env"},
        (Slot("big", 80.0), Slot("little", 24.0)),
        ("large", "small"),
        at_once=AtOnce(1, 0),
    )
    first = fetches(scheduler.start())
    scheduler.handle(EnvReady("env", {"large": Need(1, 70), "small": Need(1, 10)}))

    lost = fetches(scheduler.handle(SlotLost("big", "it fell off the bus")))

    assert (["large"], ["small"]) == (first, lost)


def test_nothing_is_fetched_after_a_stop():
    scheduler = scheduler_of("a", "b", ahead=0)
    scheduler.start()
    scheduler.handle(built("a", "b"))
    scheduler.handle(StopRequested())

    assert [] == scheduler.handle(WeightsFailed("a", "cancelled"))[1:]


def test_models_are_made_ready_in_their_own_order_and_start_in_that_of_the_run():
    scheduler = Scheduler(
        {"a": [request("a", "a")], "b": [request("b", "b")]},
        {"b": "of b", "a": "of a"},
        cpu_slots(1),
        ("a", "b"),
    )

    assert [BuildEnv("of b"), BuildEnv("of a"), FetchWeights("b"), FetchWeights("a")] == (
        scheduler.start()
    )


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_never_more_weights_wait_than_are_wanted_ahead(ahead: int):
    models = {
        f"m{n}": Model(
            [request(f"m{n}-{k}", f"m{n}") for k in range(300)],
            need=Need(1),
            weights_s=20,
            env=f"e{n % 3}",
            env_s=10,
        )
        for n in range(12)
    }

    played = Simulation(models, Machine(GPUS[:1], at_once=AtOnce(None, ahead))).play()

    assert 12 * 300 == len(played.outcomes)
    assert ahead == played.most_ahead
