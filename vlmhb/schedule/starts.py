"""Starts workers, each on a card of its own if it wants one."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import RunConfig
from vlmhb.schedule.card_desk import Busy, CardDesk, Refused
from vlmhb.schedule.cards import CardUse
from vlmhb.schedule.placement import wants_gpu
from vlmhb.schedule.preparation import Preparation
from vlmhb.schedule.supplies import Supplies
from vlmhb.system.clock import monotonic_s
from vlmhb.worker import Launch, Worker, WorkerEvent

WAIT_SAID_S = 1.0
"""A card that comes back sooner is not worth a word."""


@dataclass(slots=True)
class Wait:
    """A start that waits for a card."""

    since_s: float
    said: str = ""
    has_slot: bool = True

    def news(self, reason: str) -> bool:
        """Whether `reason` should be said now."""
        if reason == self.said or monotonic_s() - self.since_s < WAIT_SAID_S:
            return False
        self.said = reason
        return True


class Starts:
    """Puts together what a worker is started with.

    Workers are started by the thread that calls: the kernel ends a worker with the thread that
    started it.
    """

    def __init__(
        self,
        config: RunConfig,
        supplies: Supplies,
        ready: Preparation,
        desk: CardDesk,
        run_folder: Path,
    ) -> None:
        self._config = config
        self._supplies = supplies
        self._ready = ready
        self._desk = desk
        self._logs = run_folder / "logs"

    def start(
        self, model: ModelSpec, waited_s: float, on_event: Callable[[WorkerEvent], None]
    ) -> Worker | Busy | Refused:
        """A worker for the model, or why there is none now or ever.

        Raises:
            UnusableError: it cannot be started.
        """
        card = self._take_card(model, waited_s)
        if isinstance(card, Busy | Refused):
            return card
        worker = Worker(self._launch(model, card), on_event)
        try:
            worker.start()
        except BaseException:
            self._desk.end(model.name)
            raise
        return worker

    def _take_card(self, model: ModelSpec, waited_s: float) -> CardUse | Busy | Refused | None:
        env = self._ready.envs[model.env]
        spec = self._config.envspecs[model.env]
        if not self._supplies.cards.gpus or not wants_gpu(model, spec, env):
            return None
        return self._desk.take(model.name, model.min_gpu_memory_gib, waited_s)

    def _launch(self, model: ModelSpec, card: CardUse | None) -> Launch:
        env = self._ready.envs[model.env]
        hold = self._supplies.envs.hold(env)
        holds = () if hold is None else (hold,)
        weights = self._ready.weights.get(model.name)
        return Launch(
            python=env.python,
            variables=env.variables,
            scratch=Path(tempfile.gettempdir()),  # local, where the run folder may not be
            log_path=self._logs / f"{model.name}.log",
            name=model.name,
            gpus=() if card is None else (card.gpu.uuid,),
            network=env.network,
            lent=env.lent,
            holds=holds if card is None else (*holds, card.lease.fd),
            repos=() if weights is None else weights.repos,
        )
