"""Fetches weights one model after the other, beside the envs and the answering."""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.system.clock import monotonic_s
from vlmhb.weights import FetchedWeights, OnProgress


def loaded_weights(fetched: FetchedWeights) -> LoadedWeights:
    """What a run records of them."""
    return LoadedWeights(
        source=fetched.repo or str(fetched.folder),
        commit=fetched.revision_commit,
        sha256=fetched.digest,
        also=tuple(loaded_weights(one) for one in fetched.also),
    )


class WeightsSource(Protocol):
    """Where weights come from, normally a `WeightsStore`."""

    def ensure(
        self, ref: WeightsRef, *, cancelled: threading.Event, on_progress: OnProgress
    ) -> FetchedWeights:
        """What `ref` names, found or fetched.

        Raises:
            VlmhbError: it cannot be had, or `cancelled` was set.
        """
        ...


class WeightsFetcher:
    """A thread that makes weights ready in the order they are asked for."""

    def __init__(
        self,
        source: WeightsSource,
        on_progress: Callable[[str, str, int, int], None],
        on_done: Callable[[str, FetchedWeights | Exception], None],
    ) -> None:
        self._source = source
        self._on_progress = on_progress
        self._on_done = on_done
        self.seconds: dict[str, float] = {}
        """By model, what making its weights ready took."""
        self._asked: queue.SimpleQueue[tuple[str, WeightsRef] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._unwanted: set[str] = set()
        self._fetching = ""
        self._cancelled = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._fetch_all, name="weights", daemon=True)

    def fetch(self, model: str, ref: WeightsRef) -> None:
        """Make its weights ready, after those that were asked for before."""
        self._asked.put((model, ref))
        if not self._thread.ident:
            self._thread.start()

    def drop(self, model: str) -> None:
        """Nobody waits for this model any more."""
        with self._lock:
            self._unwanted.add(model)
            if self._fetching == model:
                self._cancelled.set()

    def cancel(self) -> None:
        """Have a fetch under way stop, and begin no other."""
        with self._lock:
            self._closed = True
            self._cancelled.set()

    def close(self) -> None:
        """Cancel, and wait until nothing of a fetch is left."""
        self.cancel()
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _fetch_all(self) -> None:
        while asked := self._asked.get():
            model, ref = asked
            with self._lock:
                if self._closed:
                    return
                if model in self._unwanted:
                    continue
                self._fetching = model
                self._cancelled = threading.Event()
            began_s = monotonic_s()
            result = self._fetch(model, ref)
            self.seconds[model] = monotonic_s() - began_s
            self._on_done(model, result)

    def _fetch(self, model: str, ref: WeightsRef) -> FetchedWeights | Exception:
        try:
            return self._source.ensure(
                ref,
                cancelled=self._cancelled,
                on_progress=lambda stage, done, total: self._on_progress(model, stage, done, total),
            )
        except Exception as error:  # noqa: BLE001 - raised again by who waits for these weights
            return error
