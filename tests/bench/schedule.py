"""How well the scheduler keeps GPUs busy, and what it costs: played with a clock that jumps.

A lower bound is what no schedule can beat: all answers, and as many loads as it takes to be done by
then, spread evenly over the GPUs that can hold them, none before the first model can start. One
model after the other is a script that builds, fetches, loads and asks on one GPU each. The order of
the five models is another one in each round; of the 64 GPUs a worker dies every 20,000 s.
"""

import random
import resource
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from math import ceil
from multiprocessing import get_context

from tests.bench.measured import measure
from tests.bench.row import Row
from tests.simulated import Machine, Model, Played, Simulation
from vlmhb.domain.run import Request
from vlmhb.domain.task import Generation
from vlmhb.schedule.slots import Need, Slot

SIZES = (1_000, 10_000, 100_000, 1_000_000)
GENERATION = Generation()
ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Cost:
    """What one size took."""

    makespan_s: float
    bound_s: float
    loads: int
    scheduler_us: float
    """Per sample, and so are the bytes."""
    set_up_bytes: float


def questions(model: str, count: int) -> list[Request]:
    return [Request(f"{model}-{n}", model, "?", "", "/", (), GENERATION) for n in range(count)]


def answering_s(model: Model) -> float:
    """Seconds of GPUs of speed 1 that its answers take."""
    return len(model.requests) * model.answer_s / model.beside


def taken_s(model: Model, within_s: float) -> float:
    """The same with the loads of as many workers as it takes to be done in time."""
    left_s = within_s - model.load_s
    if left_s < model.answer_s:
        return float("inf")
    workers = ceil(answering_s(model) / left_s)
    return (answering_s(model) + workers * model.load_s) * model.need.slots


def lower_bound_s(models: Mapping[str, Model], machine: Machine) -> float:
    """What no schedule beats where no GPU is faster than 1.

    For each size of GPU: the models that need one at least so large, on all that are.
    """
    speeds = {slot: machine.speeds.get(slot.name, 1.0) for slot in machine.slots}
    first_s = min(model.env_s + model.weights_s for model in models.values())
    bounds = []
    for least in models.values():
        hard = [one for one in models.values() if one.need.memory_gib >= least.need.memory_gib]
        speed = sum(speed for slot, speed in speeds.items() if least.need.fits(slot))
        low, high = 0.0, 1e7
        while high - low > 0.1:
            middle = (low + high) / 2
            if sum(taken_s(one, middle) for one in hard) > speed * middle:
                low = middle
            else:
                high = middle
        bounds.append(first_s + low)
    return max(bounds)


def one_by_one_s(models: Mapping[str, Model]) -> float:
    return sum(answering_s(one) + one.load_s + one.env_s + one.weights_s for one in models.values())


def two_gpus() -> tuple[dict[str, Model], Machine]:
    """Five models whose envs and weights come one after the other."""
    shapes = [(2_000, 30, 60), (4_000, 60, 120), (1_000, 60, 60), (8_000, 90, 300), (3_000, 60, 60)]
    models = {
        f"m{number}": Model(
            questions(f"m{number}", count),
            load_s=60,
            answer_s=2,
            beside=8,
            window=16,
            need=Need(1),
            env=f"e{number}",
            env_s=env_s,
            weights_s=weights_s,
        )
        for number, (count, env_s, weights_s) in enumerate(shapes)
    }
    return models, Machine([Slot("g0", 80.0), Slot("g1", 80.0)])


def cluster(size: int, seed: int = 1) -> tuple[dict[str, Model], Machine]:
    """64 unequal GPUs, 40 models, workers that die now and then."""
    chance = random.Random(seed)
    slots = [Slot(f"g{number}", chance.choice([24.0, 48.0, 80.0, 80.0])) for number in range(64)]
    speed = {24.0: 0.5, 48.0: 0.7, 80.0: 1.0}
    weights = [chance.random() + 0.1 for _ in range(40)]
    models = {
        f"m{number}": Model(
            questions(f"m{number}", max(1, round(size * weight / sum(weights)))),
            load_s=chance.choice([30, 60, 180]),
            answer_s=chance.choice([1, 2, 4]),
            beside=chance.choice([4, 16]),
            window=32,
            need=chance.choice([Need(1, 16), Need(1, 40), Need(1, 70), Need(2, 70), Need(1, 20)]),
            env=f"e{number % 12}",
            env_s=20,
        )
        for number, weight in enumerate(weights)
    }
    speeds = {slot.name: speed[slot.memory_gib or 0.0] for slot in slots}
    return models, Machine(slots, speeds, mean_life_s=20_000, chance=chance)


def rss_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def cost_of(size: int) -> Cost:
    """To be called in a process of its own, so that memory is what it took."""
    models, machine = cluster(size)
    count = sum(len(model.requests) for model in models.values())
    before_bytes = rss_bytes()
    simulation = Simulation(models, machine)
    set_up_bytes = rss_bytes() - before_bytes
    played = simulation.play()
    assert count == len(played.outcomes) == played.outcomes.total()
    return Cost(
        makespan_s=played.makespan_s,
        bound_s=lower_bound_s(models, machine),
        loads=played.loads.total(),
        scheduler_us=played.scheduler_s / count * 1e6,
        set_up_bytes=set_up_bytes / count,
    )


def busy_share(played: Played, machine: Machine) -> float:
    return sum(played.answering_s.values()) / (played.makespan_s * len(machine.slots))


def two_gpus_rows() -> Iterator[Row]:
    """The orders in which a user may have written the models."""
    models, machine = two_gpus()
    smaller_first = tuple(sorted(models, key=lambda name: models[name].weights_s))
    what = "five models on two GPUs, simulated"
    bound = Row("L2", what, "s", "lower bound", 1.1)
    in_order = Row("", f"{what}, made ready in the order of the run file", "s", "lower bound")
    script = Row("", what, "s", "one model after the other")
    busy = Row("", "of that, GPUs that do not answer", "%")
    for number in range(ROUNDS):
        names = list(models)
        random.Random(number).shuffle(names)
        shuffled = {name: models[name] for name in names}
        there = replace(machine, ready_order=smaller_first)
        played, as_written = (Simulation(shuffled, one).play() for one in (there, machine))
        bound.add(played.makespan_s, lower_bound_s(models, machine))
        in_order.add(as_written.makespan_s, lower_bound_s(models, machine))
        script.add(played.makespan_s, one_by_one_s(models))
        busy.add(100 * (1 - busy_share(played, machine)))
    yield from (bound, in_order, script, busy)


def cluster_rows() -> Iterator[Row]:
    """By size, what a schedule takes and what making it costs."""
    for size in SIZES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            cost = process.submit(cost_of, size).result()
        what = f"{size:,} samples, 40 models, 64 GPUs"
        sides = [cost.makespan_s], [cost.bound_s]
        yield Row("", f"{what}, simulated", "s", "lower bound", None, *sides)
        yield Row("", f"{what}: loads", "", ours=[cost.loads])
        yield Row("", f"{what}: scheduler, per sample", "us", ours=[cost.scheduler_us])
    yield Row("", f"{what}: memory to set up, per sample", "B", ours=[cost.set_up_bytes])


def rows() -> Iterator[Row]:
    yield from two_gpus_rows()
    yield from cluster_rows()


if __name__ == "__main__":
    measure("schedule", __doc__, rows)
