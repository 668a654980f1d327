"""Several workers per model, on slots that differ, come and go: played with a clock that jumps."""

import random
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import request
from tests.simulated import Machine, Model, Played, Simulation
from vlmhb.domain.run import Request
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.commands import GiveUp, StartWorker
from vlmhb.schedule.events import EnvReady, WorkerGone, WorkerLoaded
from vlmhb.schedule.slots import Need, Slot, cpu_slots
from vlmhb.schedule.state import RESTARTS_ALLOWED, Scheduler

GPU = Need(1)


def gpus(*sizes_gib: float) -> list[Slot]:
    return [Slot(f"gpu{number}", size) for number, size in enumerate(sizes_gib)]


def asked(model: str, number: int) -> list[Request]:
    return [request(f"{model}-{n}", model) for n in range(number)]


def play(models: dict[str, Model], **machine: object) -> Played:
    return Simulation(models, Machine(**machine)).play()  # type: ignore[arg-type]


def everything(models: dict[str, Model]) -> dict[str, int]:
    return {one.id: 1 for model in models.values() for one in model.requests}


def test_one_model_gets_every_gpu_and_each_loads_it_once():
    models = {"m": Model(asked("m", 4_000), need=GPU)}

    played = play(models, slots=gpus(80, 80, 80, 80))

    assert {"m": 4} == played.loads
    assert everything(models) == played.outcomes
    assert played.makespan_s <= 1.05 * (60 + 4_000 / 4)


def test_a_few_requests_are_not_worth_a_second_load():
    models = {"m": Model(asked("m", 20), load_s=600, need=GPU)}

    played = play(models, slots=gpus(80, 80))

    assert {"m": 1} == played.loads


def test_a_faster_gpu_answers_more_and_none_is_waited_for():
    models = {"m": Model(asked("m", 3_000), load_s=1, window=64, beside=8, need=GPU)}

    played = play(models, slots=gpus(80, 24), speeds={"gpu0": 4.0, "gpu1": 1.0})

    answered = {worker: len(ids) for worker, ids in played.sent_to.items()}
    assert 3.0 < answered["m"] / answered["m#2"] < 5.5
    assert played.makespan_s <= 1.05 * (1 + 3_000 / 5 / 8)


def test_a_model_for_several_gpus_gets_them_when_helpers_make_room():
    """It could start only after all of the first model's work otherwise."""
    models = {
        "small": Model(asked("small", 4_000), need=GPU),
        "large": Model(asked("large", 400), need=Need(2, 80), env="slow", env_s=300),
    }

    played = play(models, slots=gpus(80, 80, 80, 80))

    assert everything(models) == played.outcomes
    assert played.makespan_s <= 1.15 * (4_000 + 2 * 400 + 60 * 6) / 4


def test_a_model_that_fits_no_gpu_is_given_up_and_the_others_are_answered():
    models = {
        "huge": Model(asked("huge", 5), need=Need(1, 140)),
        "wide": Model(asked("wide", 5), need=Need(3, 10)),
        "m": Model(asked("m", 5), need=GPU),
    }

    played = play(models, slots=gpus(24, 80))

    assert {
        "huge": "it needs 1 GPU with 140 GiB; there are: 24 GiB, 80 GiB",
        "wide": "it needs 3 GPUs with 10 GiB each; there are: 24 GiB, 80 GiB",
    } == played.given_up
    assert 5 == played.outcomes.total()


def test_a_small_model_leaves_the_large_gpu_to_the_one_that_needs_it():
    models = {
        "small": Model(asked("small", 20), need=Need(1, 10)),
        "large": Model(asked("large", 20), need=Need(1, 70)),
    }

    played = play(models, slots=gpus(80, 24))

    assert played.makespan_s < 1.5 * (60 + 20)


def test_a_lost_gpu_costs_time_and_no_answer():
    models = {"m": Model(asked("m", 1_000), need=GPU)}

    played = play(models, slots=gpus(80, 80), lost_at_s={"gpu0": 200.0})

    assert everything(models) == played.outcomes
    assert not played.failed
    assert not played.given_up


def test_the_only_gpu_lost_ends_the_model_and_not_the_one_that_needs_none():
    models = {
        "m": Model(asked("m", 1_000), need=GPU),
        "ocr": Model(asked("ocr", 500)),
    }

    played = play(models, slots=[*gpus(80), *cpu_slots(1)], lost_at_s={"gpu0": 200.0})

    assert {"m": "it fell off the bus"} == played.given_up
    assert 500 == sum(identity.startswith("ocr") for identity in played.outcomes)


def test_a_gpu_that_joins_is_used():
    models = {"m": Model(asked("m", 2_000), need=GPU)}
    (late,) = gpus(80)

    played = play(models, slots=[Slot("gpu9", 80.0)], joined_at_s={late: 500.0})

    assert {"m": 2} == played.loads
    assert played.answering_s["gpu0"] > 500


def test_models_that_need_no_gpu_run_beside_those_that_do():
    models = {
        "m": Model(asked("m", 1_000), need=GPU),
        "ocr": Model(asked("ocr", 1_000), load_s=1),
    }

    played = play(models, slots=[*gpus(80), *cpu_slots(1)])

    assert played.makespan_s <= 1.05 * 1_060


def test_no_more_workers_run_than_allowed():
    models = {
        "m": Model(asked("m", 500), need=GPU),
        "ocr": Model(asked("ocr", 500), load_s=1),
    }

    played = play(models, slots=[*gpus(80, 80), *cpu_slots(2)], at_once=AtOnce(1))

    assert 1_000 < played.makespan_s
    assert {"m": 1, "ocr": 1} == played.loads


def test_an_endpoint_gets_one_worker_however_much_room_there_is():
    models = {"m": Model(asked("m", 2_000), load_s=1, need=Need(is_shared=True))}

    played = play(models, slots=cpu_slots(4))

    assert {"m": 1} == played.loads


def test_a_model_without_a_gpu_gets_help_once_its_speed_is_known():
    models = {"m": Model(asked("m", 2_000), load_s=30)}

    played = play(models, slots=cpu_slots(4))

    assert {"m": 4} == played.loads
    assert played.makespan_s >= 2 * 30 + (2_000 - 32) / 4


def test_questions_about_one_document_go_to_one_worker():
    pages = [request(f"d{document}") for document in range(200)]
    requests = [
        type(one)(f"{one.id}-{n}", "m", f"q{n}", "", one.root, one.pages, one.generation)
        for one in pages
        for n in range(5)
    ]

    played = play({"m": Model(requests, need=GPU)}, slots=gpus(80, 80))

    whose: dict[str, set[str]] = {}
    for worker, ids in played.sent_to.items():
        for identity in ids:
            whose.setdefault(identity.partition("-")[0], set()).add(worker)
    assert {1} == {len(workers) for workers in whose.values()}
    assert 2 == len(played.sent_to)


def test_poison_takes_down_its_own_worker_only_and_the_others_go_on():
    models = {"m": Model(asked("m", 800), window=8, beside=4, need=GPU)}

    played = play(models, slots=gpus(80, 80), poison=frozenset({"m-100", "m-500"}))

    assert {"m-100", "m-500"} == played.failed
    assert everything(models) == played.outcomes


def test_restarts_that_failed_requests_cost_are_given_back_while_other_workers_go_on():
    """Each takes four, and 20 are allowed."""
    poison = frozenset(f"m-{number}" for number in range(20, 400, 20))
    models = {"m": Model(asked("m", 400), load_s=20, window=1, need=GPU)}

    played = play(models, slots=gpus(80, 80, 80), poison=poison)

    assert {} == played.given_up
    assert poison == played.failed


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_whatever_happens_every_request_has_one_outcome_or_its_model_is_given_up(
    seed: int, data: st.DataObject
):
    chance = random.Random(seed)
    count = data.draw(st.integers(1, 4))
    models = {
        f"m{number}": Model(
            asked(f"m{number}", chance.randrange(1, 120)),
            load_s=chance.choice([0.0, 5.0, 300.0]),
            window=chance.choice([1, 4, 64]),
            beside=chance.choice([1, 4]),
            need=chance.choice([Need(), Need(1), Need(1, 40), Need(2, 20)]),
            env=f"e{number % 2}",
            env_s=chance.choice([0.0, 100.0]),
            weights_s=chance.choice([0.0, 50.0]),
        )
        for number in range(count)
    }
    there = gpus(*(chance.choice([24, 80]) for _ in range(chance.randrange(4))))
    late = Slot("late", 80.0)
    poison = frozenset(
        one.id for model in models.values() for one in model.requests if chance.random() < 0.02
    )

    played = play(
        models,
        slots=[*there, *cpu_slots(chance.randrange(1, 3))],
        speeds={slot.name: chance.choice([0.5, 1.0, 3.0]) for slot in there},
        at_once=AtOnce(chance.choice([None, 1, 2]), chance.randrange(4)),
        mean_life_s=chance.choice([float("inf"), 1_000.0]),
        lost_at_s={slot.name: chance.uniform(0, 400) for slot in there if chance.random() < 0.3},
        joined_at_s={late: 200.0} if chance.random() < 0.3 else {},
        poison=poison,
        bad_starts=chance.choice([0.0, 0.3]),
        bad_loads=chance.choice([0.0, 0.3]),
        chance=chance,
    )

    assert set(played.outcomes.values()) <= {1}
    for name, model in models.items():
        ids = {one.id for one in model.requests}
        if name not in played.given_up:
            assert ids <= played.outcomes.keys()
            assert played.failed & ids == poison & ids
        else:
            assert played.failed & ids <= poison


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_stop_at_any_time_leaves_nothing_running(count: int):
    """Played by hand in test_state; here with several workers of one model."""
    models = {"m": Model(asked("m", 200), need=GPU)}
    simulation = Simulation(models, Machine(gpus(*[80.0] * count)))

    played = simulation.play(stop_at_s=90.0)

    assert played.makespan_s < 90 + 8 + 1
    assert set(played.outcomes.values()) <= {1}


def test_restarts_that_poison_cost_are_given_back_once_whichever_worker_it_had():
    scheduler = Scheduler({"m": asked("m", 80)}, {"m": "e"}, gpus(80, 80))
    scheduler.start()
    scheduler.handle(EnvReady("e", {"m": GPU}))
    for worker in ("m", "m#2"):
        scheduler.handle(WorkerLoaded(worker, 1))
    for worker in ("m", "m#2", "m", "m", "m#2", "m#2"):  # each dies thrice of the one it has
        scheduler.handle(WorkerGone(worker, "SIGSEGV", by_itself=True))
        scheduler.handle(WorkerLoaded(worker, 1))

    starts = 0
    for worker in cycle(("m", "m#2")):
        commands = scheduler.handle(WorkerGone(worker, "SIGKILL", by_itself=False))
        if any(isinstance(one, GiveUp) for one in commands):
            break
        starts += sum(isinstance(one, StartWorker) for one in commands)

    assert RESTARTS_ALLOWED == starts
