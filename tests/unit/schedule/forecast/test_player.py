"""A forecast of random runs: as the simulator plays them, never below what no run can beat."""

import random
import statistics
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.build import request
from tests.simulated import Machine, Model, Simulation
from vlmhb.domain.run import Request
from vlmhb.schedule import events
from vlmhb.schedule.forecast import Doing, Expected, Forecast, forecast
from vlmhb.schedule.forecast.lumps import lumps_of
from vlmhb.schedule.forecast.player import Player
from vlmhb.schedule.slots import NO_GPU, Need, Slot, cpu_slots

END_S = 0.1
"""What a simulated worker takes to end."""


class WithoutEnds(Simulation):
    """Whose workers are gone at once when they are done, as those of a forecast are."""

    def _after(self, wait_s: float, happen: Callable[[], events.Event | None]) -> None:
        super()._after(0.0 if wait_s == END_S else wait_s, happen)


def asked(model: str, number: int) -> list[Request]:
    """Of two on each page."""
    found = [request(f"{model}-{n}", model) for n in range(number)]
    return [replace(one, pages=found[n // 2 * 2].pages) for n, one in enumerate(found)]


def some_run(chance: random.Random, most_requests: int) -> tuple[list[Expected], list[Slot]]:
    slots = [Slot(f"gpu{n}", chance.choice([24.0, 80.0])) for n in range(chance.randint(1, 6))]
    needs = [NO_GPU, Need(1), Need(1, 20), Need(1, 24), Need(min(2, len(slots)))]
    build_s = {f"e{n}": chance.choice([0.0, chance.uniform(1, 400)]) for n in range(3)}
    models = []
    for number in range(chance.randint(1, 6)):
        env = chance.choice(sorted(build_s))
        models.append(
            Expected(
                f"m{number}",
                env,
                asked(f"m{number}", chance.randint(1, most_requests)),
                chance.choice(needs),
                build_s[env],
                chance.choice([0.0, chance.uniform(1, 400)]),
                chance.uniform(1, 200),
                chance.uniform(0.1, 3),
                chance.choice([1, 8, 64]),
            )
        )
    return models, [*slots, *cpu_slots(chance.randint(1, 2))]


def simulated(models: list[Expected], slots: list[Slot]) -> float:
    run = {
        one.model: Model(
            one.requests,
            one.load_s or 0.0,
            one.request_s or 0.0,
            one.window,
            need=one.need,
            env=one.env,
            env_s=one.build_s or 0.0,
            weights_s=one.fetch_s or 0.0,
        )
        for one in models
    }
    return WithoutEnds(run, Machine(slots)).play().makespan_s


def least_s(models: list[Expected], slots: list[Slot]) -> float:
    """What no run can beat: the longest chain of one model, and all work on all slots."""
    built_s: dict[str, float] = {}
    """By env, when it is there: one is built after the other."""
    fetched_s = 0.0
    chains = []
    for one in models:
        built_s.setdefault(one.env, max(built_s.values(), default=0.0) + (one.build_s or 0.0))
        fetched_s += one.fetch_s or 0.0
        ready_s = max(built_s[one.env], fetched_s if one.fetch_s else 0.0)
        most = sum(one.need.fits(slot) for slot in slots) // one.need.slots
        chains.append(ready_s + (one.load_s or 0.0) + answering_s(one) / most)
    return max(*chains, *(shared_s(models, slots, on_gpus=on_gpus) for on_gpus in (True, False)))


def answering_s(one: Expected) -> float:
    return len(one.requests) * (one.request_s or 0.0)


def shared_s(models: list[Expected], slots: list[Slot], *, on_gpus: bool) -> float:
    """All of it, were the slots busy from the beginning to the end."""
    there = sum(slot.is_gpu is on_gpus for slot in slots)
    mine = [one for one in models if (one.need.gpus > 0) is on_gpus]
    work_s = sum((answering_s(one) + (one.load_s or 0.0)) * one.need.slots for one in mine)
    return work_s / there


seeds = st.integers(0, 1 << 32)


@settings(max_examples=40, deadline=None)
@given(seeds)
@example(109)  # a helper leaves while it loads, and one of the same name comes later
def test_a_forecast_is_what_the_simulator_plays_with_the_same_figures(seed: int):
    models, slots = some_run(random.Random(seed), 60)

    assert simulated(models, slots) == pytest.approx(forecast(models, slots).makespan_s)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_no_forecast_is_below_the_longest_chain_or_all_work_on_all_slots(seed: int):
    models, slots = some_run(random.Random(seed), 60)

    assert forecast(models, slots).makespan_s >= least_s(models, slots) - 1e-6


def is_whole(told: Forecast) -> bool:
    """Whether the path has no gaps, and neither has the time of any slot."""
    lines = [told.path, *(place.stretches for place in told.places)]
    return all(
        line[0].began_s == 0.0
        and line[-1].ended_s == told.makespan_s
        and all(one.ended_s == other.began_s for one, other in pairwise(line))
        for line in lines
    )


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_critical_path_and_the_time_of_each_slot_add_up_to_the_makespan(seed: int):
    models, slots = some_run(random.Random(seed), 60)

    told = forecast(models, slots)

    assert is_whole(told)
    work_s = sum(answering_s(one) * one.need.slots for one in models)
    assert work_s == pytest.approx(sum(place.seconds(Doing.ANSWER) for place in told.places))


def played_s(models: list[Expected], slots: list[Slot], most: int) -> float:
    return Player(models, slots, most_played=most).play().makespan_s


def test_lumps_come_close_to_playing_every_request():
    off = []
    for seed in range(20):
        models, slots = some_run(random.Random(seed), 1_000)
        exact_s, lumped_s = (played_s(models, slots, most) for most in (1 << 20, 400))
        off.append(abs(lumped_s / exact_s - 1))

    assert statistics.median(off) <= 0.001
    assert max(off) <= 0.01


def test_lumps_are_as_many_as_asked_and_hold_everything():
    models = [
        Expected("a", "e", asked("a", 1_000), request_s=1.0),
        Expected("b", "e", asked("b", 3)),
    ]

    lumps = lumps_of(models, 100)

    assert (100, 1) == (len(lumps["a"].requests), len(lumps["b"].requests))
    assert (10, 10.0) == (lumps["a"].each, lumps["a"].took_s)
    assert not any(one.pages for one in lumps["a"].requests)
    assert models[0].requests is lumps_of(models, 1_003)["a"].requests
