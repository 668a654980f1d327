"""What asking, answering and keeping answers costs beside the model's own time."""

import time
from contextlib import closing
from pathlib import Path

from tests.build import model
from tests.fault.hosts import run_of
from tests.fault.kit import Goals, Size
from vlmhb.domain.answer import Answer
from vlmhb.schedule import Answered
from vlmhb.schedule.progress import ModelLoaded
from vlmhb.store import JournalWriter
from vlmhb.system.clock import monotonic_s

BATCH = 8
MOST_SHARE = 0.02
MOST_PER_SAMPLE_S = 0.001
SPIN_S = 0.1
TRIES = 5
"""Whatever else the machine does only adds: the best of them is what is ours."""


def answered(folder: Path, samples: int, delay_s: float) -> tuple[float, float]:
    """Wall time from a loaded model to the last answer on the disk, and the model's part of it."""
    folder.mkdir()
    toy = model(params={"batch_size": BATCH, "delay_s": delay_s, "measured": True})
    prompts = [f"s{number}." for number in range(samples)]
    began_s, model_s, count = 0.0, 0.0, 0
    with closing(run_of(folder, [toy], prompts)) as steps:
        with JournalWriter(folder / "answers.jsonl") as journal:
            for step in steps:
                match step:
                    case ModelLoaded():
                        began_s = monotonic_s()
                    case Answered(outcome=Answer() as outcome):
                        journal.append(outcome)
                        model_s += outcome.timing.generate_s or 0.0
                        count += 1
                        if count == samples:
                            break
                    case _:
                        pass
        return monotonic_s() - began_s, model_s


def slowdown() -> float:
    """How much longer than its own computing something takes here now; 1 on a quiet machine."""
    began_s, began_cpu_s = monotonic_s(), time.process_time()
    while time.process_time() - began_cpu_s < SPIN_S:
        pass
    return max(1.0, (monotonic_s() - began_s) / (time.process_time() - began_cpu_s))


def test_the_machinery_takes_two_percent_beside_a_model_of_100_ms(
    tmp_path: Path, size: Size, goals: Goals
):
    samples = size(ci=40, release=400)
    shares: list[float] = []
    while len(shares) < TRIES and min(shares, default=1.0) > MOST_SHARE:
        wall_s, model_s = answered(tmp_path / str(len(shares)), samples, 0.1)
        shares.append((wall_s - model_s) / wall_s)

    note = f"samples of 100 ms: {min(shares):.2%} of the wall time is not the model's"
    goals.add("G12", tried=samples, note=note)
    assert min(shares) <= MOST_SHARE, shares


def test_asking_and_keeping_takes_a_millisecond_a_sample(tmp_path: Path, size: Size, goals: Goals):
    """On a machine that others keep busy, longer by as much as anything takes longer there."""
    samples = size(ci=800, release=20_000)
    costs: list[float] = []
    busy = slowdown()
    while len(costs) < TRIES and min(costs, default=1.0) > MOST_PER_SAMPLE_S:
        wall_s, _ = answered(tmp_path / str(len(costs)), samples, 0.0)
        costs.append(wall_s / samples)
        busy = max(busy, slowdown())

    note = f"samples that take no time, in batches of {BATCH}: {min(costs) * 1000:.2f} ms for each"
    goals.add("G12", tried=samples, note=note)
    assert min(costs) <= MOST_PER_SAMPLE_S * busy, (costs, busy)
