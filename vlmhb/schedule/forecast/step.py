"""Steps: what takes time in a run, and what each of them waited for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum


class Doing(Enum):
    """What goes on."""

    BUILD = "build"
    """An env is built."""
    FETCH = "fetch"
    """Weights are fetched."""
    LOAD = "load"
    ANSWER = "answer"
    AWAIT_ENV = "await env"
    """A slot is empty, and an env is not there of a model that it could hold."""
    AWAIT_WEIGHTS = "await weights"
    """The same with weights."""
    IDLE = "idle"


@dataclass(slots=True)
class Step:
    """Something with a beginning and an end."""

    doing: Doing
    name: str
    """Of the env that is built, else of the model."""
    began_s: float
    """Since the run began to ask, as all times here."""
    ended_s: float
    after: "Step | None" = None
    """What it waited for: that ended when this one began. None for what began with the run."""
    worker: str = ""
    """Empty for envs and weights."""
    slots: tuple[str, ...] = ()
    """Those of the worker."""
    requests: float = 0.0
    """That are answered by it; a part of one is none."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps of one kind without a gap."""

    doing: Doing
    name: str
    """Of an env where one is built, else of a model; empty where nothing is done."""
    began_s: float
    ended_s: float
    worker: str = ""
    slots: tuple[str, ...] = ()
    requests: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.ended_s - self.began_s


def stretches_of(steps: Iterable[Step]) -> Iterator[Stretch]:
    """`steps` by time, joined where a worker goes on answering, without those that took no time."""
    last: Stretch | None = None
    for step in steps:
        one = Stretch(
            step.doing,
            step.name,
            step.began_s,
            step.ended_s,
            step.worker,
            step.slots,
            step.requests,
        )
        if last is not None and _goes_on(last, one):
            last = replace(last, ended_s=one.ended_s, requests=last.requests + one.requests)
            continue
        if last is not None and last.seconds > 0:
            yield last
        last = one
    if last is not None and last.seconds > 0:
        yield last


def _goes_on(last: Stretch, one: Stretch) -> bool:
    is_same = last.doing is one.doing is Doing.ANSWER and last.worker == one.worker
    return is_same and last.ended_s == one.began_s
