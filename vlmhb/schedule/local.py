"""Asks requests on this machine, one worker per slot."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path

from vlmhb.domain.run import Request, RunConfig
from vlmhb.schedule import events, progress
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.dialogue import Dialogue
from vlmhb.schedule.inbox import Inbox, Signal
from vlmhb.schedule.machine import Machine
from vlmhb.schedule.progress import Progress
from vlmhb.schedule.slots import Slot, cpu_slots
from vlmhb.schedule.standing import Standing
from vlmhb.schedule.state import NOTHING_TOLD, Scheduler
from vlmhb.schedule.supply.availability import unavailable_models
from vlmhb.schedule.supply.supplies import Supplies, in_turn
from vlmhb.system.gpus import Gpu
from vlmhb.system.signals import StopSignals

LOOK_UP_S = 0.25
"""The longest wait for anything. A signal that comes between Python's last look for one and the
wait itself does not end the wait, so a wait without end could miss it for as long."""


def execute(
    config: RunConfig,
    left: Mapping[str, tuple[Request, ...]],
    supplies: Supplies,
    run_folder: Path,
    stop: StopSignals,
    standings: Mapping[str, Standing] = NOTHING_TOLD,
) -> Generator[Progress]:
    """Ask `left`, by model, and yield what happens; every outcome is an `Answered` among it.

    `standings` is what earlier starts tell of the models. Ends when every request has its outcome
    or its model was given up, or after a signal. However it ends, no worker is left. What workers
    print goes to `run_folder/logs`.
    """
    models = [model for model in config.models if model.name in left]
    unavailable = unavailable_models(models, config.envspecs, supplies.offer)
    for model, missing in unavailable.items():
        yield progress.GaveUp(model, missing.problem)
    asked = {model: requests for model, requests in left.items() if model not in unavailable}
    execution = _Execution(config, asked, supplies, run_folder, standings)
    stop.listen(execution.on_signal)
    try:
        yield from (progress.Queued(one.name, one.env) for one in models if one.name in asked)
        yield from execution.steps()
    finally:
        execution.close()
        stop.listen(None)


class _Execution:
    """One pass over the requests: the scheduler, and the machine that does what it wants."""

    def __init__(
        self,
        config: RunConfig,
        left: Mapping[str, tuple[Request, ...]],
        supplies: Supplies,
        run_folder: Path,
        standings: Mapping[str, Standing],
    ) -> None:
        env_of = {model.name: model.env for model in in_turn(config.models, supplies.here)}
        weighted = [model.name for model in config.models if model.weights is not None]
        slots = (*gpu_slots(supplies.gpus.usable), *cpu_slots(config.max_workers or 1))
        at_once = AtOnce(config.max_workers, config.prefetch)
        self._scheduler = Scheduler(left, env_of, slots, weighted, standings, at_once)
        self._inbox = Inbox()
        self._machine = Machine(config, supplies, run_folder, self._inbox.put)
        self._dialogue = Dialogue(self._scheduler, self._machine.do)
        self._signals = 0

    def on_signal(self) -> None:
        """Safe inside a signal handler."""
        self._inbox.put(Signal())

    def steps(self) -> Iterator[Progress]:
        """Everything that happens, until nothing is left to do."""
        yield from self._dialogue.begin()
        while not self._is_over():
            match self._inbox.next(self._machine.wait_s(LOOK_UP_S)):
                case None:
                    pass
                case Signal():
                    yield from self._stop()
                case item:
                    yield from self._dialogue.take(self._machine.see(item))
            yield from self._dialogue.take(self._machine.look_after(self._scheduler))

    def close(self) -> None:
        """Leave no worker, no build, no fetch and no lease behind."""
        self._machine.close()

    def _is_over(self) -> bool:
        # The last GPU is waited for, too: its figures belong to the run.
        return self._scheduler.finished and (self._signals > 0 or not self._machine.is_settling)

    def _stop(self) -> Iterator[Progress]:
        """The first signal lets answers arrive; the second one does not."""
        self._signals += 1
        if self._signals > 1:
            self._machine.kill_all()
            return
        yield from self._dialogue.handle(events.StopRequested())
        self._machine.stop()


def gpu_slots(gpus: Sequence[Gpu]) -> tuple[Slot, ...]:
    """A place for a worker on each of them."""
    return tuple(Slot(gpu.uuid, gpu.memory_gib, gpu.is_slice) for gpu in gpus)
