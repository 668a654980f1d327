"""Samples that end their worker are found at once, and no other pays for it."""

import os
import random
import signal
import threading
from collections import Counter
from pathlib import Path

import psutil
import pytest

from tests.build import model
from tests.fault.hosts import run_of
from tests.fault.kit import Goals, Size
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason, Outcome
from vlmhb.domain.trouble import TroubleKind
from vlmhb.schedule import Answered
from vlmhb.schedule.blame import MAX_STRIKES
from vlmhb.schedule.progress import GaveUp, ModelLoaded, Troubled, WorkerLost

WINDOW = 8


class Killer(threading.Thread):
    """SIGKILLs the workers below this process, each a while after it took up its work."""

    def __init__(self, chance: random.Random, most: int) -> None:
        super().__init__(name="killer", daemon=True)
        self._chance = chance
        self._loaded = threading.Event()
        self._over = threading.Event()
        self._left = most
        self.kills = 0

    def see_loaded(self) -> None:
        """There is one to kill."""
        self._loaded.set()

    def stop(self) -> None:
        """Kill no more, and return when it is so."""
        self._over.set()
        self._loaded.set()
        self.join()

    def run(self) -> None:
        """Wait, kill, until enough is killed."""
        while self._left and self._loaded.wait() and not self._over.is_set():
            self._loaded.clear()
            if not self._over.wait(self._chance.uniform(0.0, 0.4)):
                self._kill()

    def _kill(self) -> None:
        for guard in psutil.Process().children():
            try:
                workers = guard.children()
            except psutil.NoSuchProcess:
                continue
            for worker in workers:
                os.kill(worker.pid, signal.SIGKILL)
                self.kills += 1
                self._left -= 1


@pytest.mark.parametrize("disturbed", [False, True], ids=["calm", "killed"])
def test_poison_is_found_in_three_restarts_alone_and_nobody_else_pays(
    tmp_path: Path, size: Size, goals: Goals, chance: random.Random, *, disturbed: bool
):
    samples, count = size(ci=400, release=5_000), size(ci=4, release=20)
    prompts = [f"s{number:05d}." for number in range(samples)]
    poison = set(chance.sample(prompts, count))
    faults = {name: chance.choice(["segv", "abort", "exit0"]) for name in sorted(poison)}
    toy = model(params={"faults": faults, "batch_size": WINDOW // 2, "delay_s": 0.002})
    killer = Killer(chance, size(ci=4, release=60) if disturbed else 0)
    killer.start()
    outcomes: dict[str, Outcome] = {}
    strikes: Counter[str] = Counter()
    deaths = 0
    for step in run_of(tmp_path, [toy], prompts):
        match step:
            case ModelLoaded():
                killer.see_loaded()
            case Answered(outcome=outcome):
                assert outcome.request_id not in outcomes
                outcomes[outcome.request_id] = outcome
            case Troubled(trouble) if trouble.kind is TroubleKind.STRIKE:
                strikes.update(trouble.requests)
            case WorkerLost():
                deaths += 1
            case GaveUp():
                raise AssertionError(step.text)
            case _:
                pass
    killer.stop()

    failed = {name: one for name, one in outcomes.items() if isinstance(one, FailedAnswer)}
    innocent = failed.keys() - poison
    assert set(prompts) == outcomes.keys()
    assert poison == failed.keys()
    assert {FailureReason.WORKER_DIED} == {one.reason for one in failed.values()}
    assert dict.fromkeys(poison, MAX_STRIKES) == dict(strikes)
    assert all(isinstance(outcomes[name], Answer) for name in prompts if name not in poison)
    # One death with others beside it, and three alone: that is all that each of them costs.
    assert deaths <= count * (1 + MAX_STRIKES) + killer.kills
    goals.add(
        "G6",
        tried=count,
        lost=len(innocent),
        note=f"poison samples among {samples:,}, {deaths} workers lost, {killer.kills} of them "
        "killed from outside; lost: innocent samples that failed",
    )
