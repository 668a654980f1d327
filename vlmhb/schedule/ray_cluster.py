"""A Ray cluster. The only module that imports Ray; workers and their envs never do."""

import contextlib
import logging
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vlmhb.system.process import set_where_unset

# Ray reads these while it is imported: it reports to nobody, starts nothing through uv, and no
# cluster of its own when a thread still has a word for one that this program has left.
set_where_unset(
    {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        "RAY_ENABLE_AUTO_CONNECT": "0",
    }
)

# ruff: noqa: E402
import ray
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from vlmhb.errors import UnusableError
from vlmhb.schedule.cluster.nodes import Node, PostPlace
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.post import Given, Ordered, Post, Report, Sent
from vlmhb.system.clock import monotonic_s

LOOK_S = 1.0
"""How often it is looked which nodes are alive."""
CONNECT_S = 5.0
CLOSE_S = 2.0
"""How long the end of what nodes do is waited for."""
AT_ONCE = 2
"""Calls that a post takes at the same time: it reports in one, and is told things in others."""


class RayCluster:
    """The cluster that `address` names; Ray's tasks and actors run what nodes are asked.

    Example:
        with RayCluster("auto") as cluster:
            found = muster(cluster, order)
    """

    def __init__(self, address: str) -> None:
        """`address` is that of the head node, `HOST:PORT`; `auto` looks for one here."""
        self._address = address
        self._is_closed = threading.Event()
        self._watch: threading.Thread | None = None
        self._streams: list[_Stream] = []
        """Those that somebody follows, or did."""

    def __enter__(self) -> "RayCluster":
        self._refuse_deaf()
        with _own_signals():
            try:
                ray.init(
                    address=self._address,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    configure_logging=False,
                )
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                raise self._unreachable(str(error).strip() or type(error).__name__) from error
        return self

    def _refuse_deaf(self) -> None:
        """Ray would try for minutes where nobody listens."""
        host, _, port = self._address.rpartition(":")
        if not host:
            return
        if not port.isdecimal() or "/" in host:
            raise self._unreachable(f"{self._address} is no HOST:PORT")
        try:
            socket.create_connection((host, int(port)), CONNECT_S).close()
        except OSError as error:
            raise self._unreachable(f"{self._address}: {error.strerror or error}") from error

    def _unreachable(self, problem: str) -> UnusableError:
        return UnusableError(
            "cannot reach the Ray cluster",
            problem,
            expected="a cluster with this Python and this Ray, on this machine or at RAY_ADDRESS",
            next_step="ray start --head, or RAY_ADDRESS=HOST:PORT of the head",
        )

    def __exit__(self, *_error: object) -> None:
        self._is_closed.set()
        for stream in self._streams:
            stream.end()
        # Whoever asks Ray something while it is shut down takes the program with it.
        until_s = monotonic_s() + CLOSE_S
        for thread in (self._watch, *(stream.thread for stream in self._streams)):
            if thread is not None:
                thread.join(max(0.0, until_s - monotonic_s()))
        with _own_signals():
            ray.shutdown()

    def nodes(self) -> tuple[Node, ...]:
        """Those that are alive now, in an order that stays."""
        told: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
        alive = [one for one in told if one["Alive"]]
        alive.sort(key=lambda one: one["NodeID"])
        names = Counter(_name_of(one) for one in alive)
        return tuple(_node(one, is_alone=names[_name_of(one)] == 1) for one in alive)

    def watch(self, tell: Callable[[tuple[Node, ...]], None]) -> None:
        """Tell which nodes are alive, now and after every change."""

        def look() -> None:
            known: set[str] = set()
            while not self._is_closed.is_set():
                with contextlib.suppress(RayError, ConnectionError, RuntimeError):
                    now = self.nodes()
                    if (alive := {one.id for one in now}) != known:
                        known = alive
                        tell(now)
                self._is_closed.wait(LOOK_S)

        self._watch = threading.Thread(target=look, name="nodes", daemon=True)
        self._watch.start()

    def ask(
        self,
        node: str,
        question: Callable[..., Iterator[Any]],
        arguments: tuple[object, ...],
        tell: Callable[[Any], None],
        on_end: Callable[[str], None],
    ) -> None:
        """Call a function of a module on a node, and tell what it yields."""
        task = ray.remote(question).options(
            num_cpus=0, max_retries=0, num_returns="streaming", scheduling_strategy=_on(node)
        )
        stream = task.remote(*arguments)
        self._follow(_Stream(stream, tell, on_end, lambda: ray.cancel(stream, force=True)))

    def post(
        self,
        order: NodeOrder,
        place: PostPlace,
        tell: Callable[[list[Report]], None],
        on_end: Callable[[str], None],
    ) -> "_Station":
        """Put a `Post` on a node, once it has the GPUs for it, and tell its reports."""
        actor: Any = (
            ray.remote(Post)
            .options(
                num_gpus=place.gpus,
                num_cpus=0 if place.gpus else 1,
                max_restarts=0,
                max_concurrency=AT_ONCE,
                scheduling_strategy=_on(place.node),
            )
            .remote(order, place.worker, place.name, place.gpus)
        )
        reports = actor.reports.options(num_returns="streaming").remote()
        station = _Station(actor)

        def end(problem: str) -> None:
            station.remove()  # else the actor would keep its GPUs
            on_end(problem)

        self._follow(_Stream(reports, tell, end, station.remove))
        return station

    def _follow(self, stream: "_Stream") -> None:
        self._streams = [one for one in self._streams if one.thread.is_alive()]
        self._streams.append(stream)
        stream.thread.start()


class _Station:
    """A post, as seen from the driver."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def take(self, what: Sent | Given | Ordered) -> None:
        """Have it taken there."""
        self._actor.take.remote(what)

    def remove(self) -> None:
        """Leave nothing of it, now."""
        with contextlib.suppress(RayError, RuntimeError):
            ray.kill(self._actor)


class _Stream:
    """What comes from a node, told from a thread of its own."""

    def __init__(
        self,
        references: Any,
        tell: Callable[[Any], None],
        on_end: Callable[[str], None],
        stop: Callable[[], None],
    ) -> None:
        self.thread = threading.Thread(target=self._run, name="ray", daemon=True)
        self._references = references
        self._tell = tell
        self._on_end = on_end
        self._stop = stop

    def end(self) -> None:
        """Leave nothing of what it comes from, now."""
        if self.thread.is_alive():
            with contextlib.suppress(RayError, RuntimeError, ValueError):
                self._stop()

    def _run(self) -> None:
        problem = ""
        try:
            for reference in self._references:
                self._tell(ray.get(reference))
        except Exception as error:  # noqa: BLE001 - told to who waits; Ray raises what it finds
            problem = _first_lines(error)
        self._on_end(problem)


def _first_lines(error: Exception) -> str:
    """What it says, without Ray's own stack."""
    if isinstance(error, ActorDiedError | ActorUnavailableError):
        return "its process there, or the whole node, is gone"
    cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
    text = str(cause).strip() or type(cause).__name__
    return text.splitlines()[0] if isinstance(error, RayError) else text


def _on(node: str) -> NodeAffinitySchedulingStrategy:
    return NodeAffinitySchedulingStrategy(node, soft=False)


def _node(told: Mapping[str, Any], *, is_alone: bool) -> Node:
    name, identity, has = _name_of(told), str(told["NodeID"]), told["Resources"]
    name = name if is_alone else f"{name}-{identity[:6]}"
    return Node(identity, name, int(has.get("GPU", 0)), int(has.get("CPU", 0)))


def _name_of(told: Mapping[str, Any]) -> str:
    return str(told["NodeName"] or told["NodeManagerAddress"])


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Ray takes over SIGTERM; a run has a way of its own to end."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
