"""Builds envs one after the other beside the answering; uv keeps all cores busy by itself."""

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from vlmhb.domain.envspec import Env, EnvSpec


class Envs(Protocol):
    """Where envs come from, normally an `EnvStore`."""

    @property
    def offline(self) -> bool:
        """Whether no network is to be tried."""
        ...

    def ensure(
        self, spec: EnvSpec, *, cancelled: threading.Event, on_progress: Callable[[str], None]
    ) -> Env:
        """The env for `spec`, found or built.

        Raises:
            EnvError: it cannot be built, or `cancelled` was set.
        """
        ...

    def hold(self, env: Env) -> int | None:
        """An open file that keeps `env` from being removed as long as anybody has it open."""
        ...


class EnvBuilder:
    """A thread that makes envs ready in the order they are asked for."""

    def __init__(
        self,
        envs: Envs,
        on_line: Callable[[str, str], None],
        on_done: Callable[[str, Env | Exception], None],
    ) -> None:
        self._envs = envs
        self._on_line = on_line
        self._on_done = on_done
        self._cancelled = threading.Event()
        self._asked: queue.SimpleQueue[EnvSpec | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._build_all, name="envs", daemon=True)

    def build(self, spec: EnvSpec) -> None:
        """Make its env ready, after those that were asked for before."""
        self._asked.put(spec)
        if not self._thread.ident:
            self._thread.start()

    def cancel(self) -> None:
        """Have a build under way stop, and begin no other."""
        self._cancelled.set()

    def close(self) -> None:
        """Cancel, and wait until nothing of a build is left."""
        self.cancel()
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _build_all(self) -> None:
        while spec := self._asked.get():
            if self._cancelled.is_set():
                return
            self._on_done(spec.name, self._build(spec))

    def _build(self, spec: EnvSpec) -> Env | Exception:
        try:
            return self._envs.ensure(
                spec,
                cancelled=self._cancelled,
                on_progress=lambda line: self._on_line(spec.name, line),
            )
        except Exception as error:  # noqa: BLE001 - raised again by who waits for this env
            return error
