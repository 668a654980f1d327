"""A run on GPUs that tell what they do, and what becomes of it when they stop telling."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import envspec, model, request
from tests.fakes import GIB, FakeGpus, NoWeights, ReadyEnvs, gpu
from vlmhb.domain.answer import Answer
from vlmhb.domain.run import RunConfig
from vlmhb.domain.telemetry import WorkerTotals
from vlmhb.schedule import Supplies, execute
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.progress import Answered, GpuReturned, GpuUnread, Measured, Progress
from vlmhb.system.clock import monotonic_s
from vlmhb.system.gpu_counters import GpuCounters
from vlmhb.system.gpu_lease import GpuLease, take_lease
from vlmhb.system.signals import StopSignals

TORCH = (("torch", "2.5.0"),)
WATTS = 300.0
REQUESTS = 12
PATIENCE_S = 60.0
"""Only a broken test waits this long."""


class MeteredGpus(FakeGpus):
    """GPUs that take 300 W, half of the time compute, and name no process."""

    def counters(self, uuid: str) -> GpuCounters:
        return GpuCounters(
            used_bytes=9 * GIB,
            utilisation=0.5,
            power_w=1.0,
            energy_j=WATTS * monotonic_s(),
            temperature_c=61,
            throttling=frozenset(),
        )


class FailingGpus(MeteredGpus):
    """GPUs that fall off the bus after a few looks."""

    def __init__(self, looks: int, end: Exception | None) -> None:
        super().__init__(gpu("a"))
        self.looks = looks
        self.asked = 0
        self._end = end
        self.never = threading.Event()

    def counters(self, uuid: str) -> GpuCounters:
        self.asked += 1
        if self.asked > self.looks:
            if self._end is None:
                self.never.wait()
            else:
                raise self._end
        return super().counters(uuid)


def steps_of(
    gpus: FakeGpus, folder: Path, answer_s: float = 0.05, until: type[Progress] | None = None
) -> list[Progress]:
    """A run of one model that takes so long for each of its answers.

    The last answer comes when a step of the kind `until` was told.
    """
    gate = folder / "gate"
    os.mkfifo(gate)
    last_prompt = f"ask r{REQUESTS - 1}"
    gates = {} if until is None else {last_prompt: str(gate)}
    spec = model("m", params={"delay_s": answer_s, "gates": gates})
    config = RunConfig(
        name="run",
        source="run",
        models=(spec,),
        tasks=(),
        envspecs={"toy": envspec()},
        max_workers=1,
        limit=None,
        seed=0,
    )
    asked = tuple(
        replace(request(f"r{n}", "m"), prompt=f"ask r{n}", pages=()) for n in range(REQUESTS)
    )
    supplies = Supplies(
        ReadyEnvs(TORCH),
        NoWeights(),
        gpus=gpus,
        rules=GpuRules(folder / "gpus", answer_s=0.2),
        look_s=0.01,
    )
    opened = threading.Timer(PATIENCE_S, gate.write_bytes, (b"open",))
    opened.daemon = True
    opened.start()
    steps: list[Progress] = []
    for step in execute(config, {"m": asked}, supplies, folder, StopSignals()):
        steps.append(step)
        if until is not None and isinstance(step, until):
            threading.Thread(target=gate.write_bytes, args=(b"open",), daemon=True).start()
    opened.cancel()
    return steps


def last(steps: list[Progress]) -> WorkerTotals:
    (told,) = (step for step in steps if isinstance(step, Measured) and step.is_last)
    assert "GPU-a" == told.worker.gpu
    return told.worker.totals


def test_a_worker_on_a_gpu_has_its_figures(tmp_path: Path):
    totals = last(steps_of(MeteredGpus(gpu("a")), tmp_path, answer_s=0.25))

    assert (9 * GIB, None, 61, (), "counter", "") == (
        totals.peak_vram_bytes,
        totals.peak_process_vram_bytes,
        totals.max_temperature_c,
        totals.throttling,
        totals.energy_source,
        totals.gpu_problem,
    )
    assert 0.5 == pytest.approx(totals.mean_utilisation)
    assert totals.mean_power_w == pytest.approx(WATTS, rel=0.5)
    assert totals.energy_wh is not None
    assert totals.answering_energy_wh is not None
    assert totals.answering_energy_wh <= totals.energy_wh
    assert totals.answering_energy_wh * 3600 == pytest.approx(WATTS * totals.answering_s, rel=0.5)


@pytest.mark.parametrize("looks", [0, 3])
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (RuntimeError("Segmentation fault nearly"), "RuntimeError: Segmentation fault nearly"),
        (OSError(5, "Input/output error"), "OSError: [Errno 5] Input/output error"),
        (None, "it does not answer"),
    ],
)
def test_a_gpu_that_is_lost_costs_its_figures_and_no_answer(
    end: Exception | None, reason: str, looks: int, tmp_path: Path
):
    gpus = FailingGpus(looks, end)
    steps = steps_of(gpus, tmp_path, until=GpuUnread)
    gpus.never.set()

    assert [GpuUnread("m", reason, "m")] == [one for one in steps if isinstance(one, GpuUnread)]
    assert looks + 1 == gpus.asked
    answers = [one.outcome for one in steps if isinstance(one, Answered)]
    assert REQUESTS == sum(isinstance(one, Answer) for one in answers)
    totals = last(steps)
    assert (reason, None) == (totals.gpu_problem, totals.energy_wh)
    assert (9 * GIB if looks else None) == totals.peak_vram_bytes
    assert totals.cpu_s is not None
    (returned,) = (one for one in steps if isinstance(one, GpuReturned))
    assert "" == returned.problem
    assert isinstance(take_lease(tmp_path / "gpus", "GPU-a"), GpuLease)
