"""Requests prepared ahead by a thread of their own, while the model writes."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, List, Optional

from vlmhb_worker.backend import Request
from vlmhb_worker.backends.transformers.batches import Cut, Limits, Load, next_batch
from vlmhb_worker.backends.transformers.family import Prepared, Settings

if TYPE_CHECKING:
    from vlmhb_worker.feed import Feed

LINGER_S = 0.02
"""How long a batch that is not full waits for another request: they come in bursts."""

MOST_BYTES = 2 * 2**30
"""Of prepared requests that wait."""


@dataclass
class Job:
    """A request on its way through the model."""

    request: Request
    settings: Settings
    prepared: Prepared
    preprocess_s: float
    is_settled: bool = False
    asked_rows: int = 0
    """Of the first batch that it was in, when memory ran out; 0: it did not."""
    shown_pixels: int = 0
    """Of its largest page, before the pages were made smaller; 0: they were not."""

    @property
    def load(self) -> Load:
        """What it weighs in a batch. Sampled answers are written alone: chance is shared."""
        return Load(
            (self.settings, self.prepared.key),
            self.prepared.length,
            self.settings.max_new_tokens,
            is_alone=self.settings.is_sampled,
        )


class Ahead:
    """A queue of jobs, filled in the background up to a bound."""

    def __init__(
        self, feed: "Feed", prepare: Callable[[Request], Job], most: Callable[[], int]
    ) -> None:
        """Prepare what `feed` gives with `prepare`, at most `most()` jobs ahead."""
        self._feed = feed
        self._prepare = prepare
        self._most = most
        self._changed = threading.Condition()
        self._ready: List[Job] = []
        self._is_idle = False
        self._is_over = False
        self._failure: Optional[BaseException] = None
        self._one_at_a_time = threading.Lock()

    def start(self) -> None:
        """Begin to prepare."""
        threading.Thread(target=self._run, name="prepare", daemon=True).start()

    def take(self, limits: Limits) -> List[Job]:
        """The next batch within the limits, as soon as it is full or no more are on their way.

        None at the end: when no more requests come and all are taken, or the host wants no more.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._is_due(limits) or (self._is_idle and self._ready))
            if not self._is_due(limits):
                self._changed.wait_for(lambda: self._is_due(limits), timeout=LINGER_S)
            if self._failure is not None:
                raise self._failure
            if self._feed.is_stopping:
                return []
            places = self._cut(limits).places
            taken = [self._ready[place] for place in places]
            self._ready = [job for place, job in enumerate(self._ready) if place not in places]
            self._changed.notify_all()
            return taken

    def _cut(self, limits: Limits) -> Cut:
        return next_batch([job.load for job in self._ready], limits)

    def prepare_now(self, request: Request) -> Job:
        """The request's job, made in the calling thread.

        Raises whatever the preparation raises.
        """
        with self._one_at_a_time:
            return self._prepare(request)

    def _is_due(self, limits: Limits) -> bool:
        """Whether waiting on would not make the next batch larger."""
        is_last = self._is_over or self._failure is not None or not self._has_room()
        return is_last or self._cut(limits).is_full

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self._failure = error
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _step(self) -> bool:
        """Prepare one more request; False at the end."""
        with self._changed:
            self._changed.wait_for(self._has_room)
        requests = self._feed.take(1, wait=False)
        if not requests:
            self._set_idle(is_idle=True)
            requests = self._feed.take(1, wait=True)
            self._set_idle(is_idle=False)
        for request in requests:
            self._add(request)
        return bool(requests)

    def _add(self, request: Request) -> None:
        try:
            job = self.prepare_now(request)
        except BaseException as error:  # noqa: BLE001 - processors may raise anything; it is data
            self._feed.settle(request.id, error)
            return
        with self._changed:
            self._ready.append(job)
            self._changed.notify_all()

    def _has_room(self) -> bool:
        waiting_bytes = sum(job.prepared.size_bytes for job in self._ready)
        return len(self._ready) < self._most() and (not self._ready or waiting_bytes < MOST_BYTES)

    def _set_idle(self, *, is_idle: bool) -> None:
        with self._changed:
            self._is_idle = is_idle
            self._changed.notify_all()


def settings_of(request: Request, ceiling: int) -> Settings:
    """How the request wants its answer written; a `ceiling` of 0 leaves its max_new_tokens."""
    wanted = request.generation
    return Settings(
        max_new_tokens=min(wanted.max_new_tokens, ceiling or wanted.max_new_tokens),
        temperature=wanted.temperature,
        top_p=wanted.top_p,
        seed=wanted.seed,
        stop=tuple(wanted.stop),
    )
