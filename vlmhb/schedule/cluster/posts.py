"""The posts of a run, as the driver knows of them."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from vlmhb.domain.answer import ErrorInfo, FailedAnswer, FailureReason
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageContent
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.nodes import Cluster, Node, PostPlace, Station
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.cluster.post import (
    Given,
    LogKept,
    Ordered,
    PagesWanted,
    Report,
    Sent,
)
from vlmhb.schedule.machine import Told
from vlmhb.system.clock import monotonic_s
from vlmhb.system.durable import make_folder
from vlmhb.system.page_bytes import ChangedPageError, read_bytes

PATIENCE_S = 60.0
"""How long a node may take to let a worker be started; then others have its GPUs."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A post tells something."""

    number: int
    reports: list[Report]


@dataclass(frozen=True, slots=True)
class PostEnded:
    """A post is gone."""

    number: int
    problem: str
    """Why, when it did not come to its end."""


@dataclass(slots=True)
class _Post:
    worker: str
    model: str
    slots: tuple[str, ...]
    node: Node
    station: Station
    since_s: float
    is_heard: bool = False
    is_settled: bool = False
    """The scheduler knows that the worker is no more."""


class Posts:
    """Puts posts on nodes, one per worker, and tells in the scheduler's words what they report."""

    def __init__(
        self,
        order: NodeOrder,
        cluster: Cluster,
        run_folder: Path,
        tell: Callable[[Reported | PostEnded], None],
        clock: Callable[[], float] = monotonic_s,
    ) -> None:
        self._order = order
        self._cluster = cluster
        self._logs = run_folder / "logs"
        self._tell = tell
        self._clock = clock
        self._numbers = itertools.count(1)
        self._posts: dict[int, _Post] = {}
        """Those that are not gone, by number."""
        self._awaiting: set[tuple[str, str]] = set()
        """Models and nodes of which it was said that others have a GPU."""

    @property
    def are_left(self) -> bool:
        """Whether there is one that is not gone."""
        return bool(self._posts)

    def start(
        self,
        command: commands.StartWorker,
        node: Node,
        gpus: int,
        began: Mapping[WeightsRef, LoadedWeights],
    ) -> None:
        """A worker on this node."""
        number = next(self._numbers)
        order = replace(self._order.of_model(command.model), began=dict(began))
        name = f"{self._order.segment}-{number}"
        station = self._cluster.post(
            order,
            PostPlace(node.id, command.worker, name, gpus),
            lambda reports: self._tell(Reported(number, reports)),
            lambda problem: self._tell(PostEnded(number, problem)),
        )
        self._posts[number] = _Post(
            command.worker, command.model, command.slots, node, station, self._clock()
        )

    def node_of(self, number: int) -> Node | None:
        """Where the post is; None when it is gone, or was removed."""
        post = self._posts.get(number)
        return None if post is None else post.node

    def send(self, worker: str, request: Request) -> None:
        """Order an answer."""
        if post := self._of(worker):
            post.station.take(Sent(request))

    def stop(self, worker: str) -> Iterator[Told]:
        """Let the worker end."""
        post = self._of(worker)
        if post is None:  # it was refused before it could be stopped
            return
        if post.is_heard:
            post.station.take(Ordered("stop"))
        else:  # nobody knows whether it will ever hear of it
            self._remove(post)
            yield self._gone(post, "not started")

    def drain(self) -> None:
        """Let answers arrive that are on their way, for a while."""
        for post in self._posts.values():
            post.station.take(Ordered("drain"))

    def kill(self) -> Iterator[Told]:
        """End all workers now, whether their nodes can be reached or not."""
        for post in tuple(self._posts.values()):
            self._remove(post)
            if not post.is_settled:
                yield self._gone(post, "killed")

    def hear(self, item: Reported) -> Iterator[Told]:
        """What a post's reports mean."""
        post = self._posts.get(item.number)
        if post is None:
            return
        post.is_heard = True
        for report in item.reports:
            match report:
                case PagesWanted():
                    yield from self._give(post, report)
                case LogKept(file, content):
                    yield from self._keep(post, file, content)
                case _ if not isinstance(report, events.Event):
                    yield report
                case _ if post.is_settled:
                    pass
                case event:
                    if isinstance(event, events.SlotsBusy):
                        yield from self._await_gpu(post)
                    yield self._translated(post, event)

    def ended(self, item: PostEnded) -> Iterator[Told]:
        """A post is gone, with its worker."""
        post = self._posts.pop(item.number, None)
        if post is not None and not post.is_settled:
            gone = self._gone(post, item.problem or "it ended")
            yield replace(gone, place_in_doubt=bool(item.problem))

    def lost(self, node: str) -> Iterator[Told]:
        """A node is gone, with all that were on it."""
        gone = [number for number, post in self._posts.items() if post.node.id == node]
        for number in gone:
            self._posts[number].station.remove()
            yield from self.ended(PostEnded(number, "the node is gone"))

    def look_after(self) -> Iterator[Told]:
        """Do not wait for ever for GPUs that others have."""
        now_s = self._clock()
        for post in tuple(self._posts.values()):
            if post.is_heard or now_s - post.since_s < PATIENCE_S:
                continue
            why = f"{post.node.name} has had no room for its worker for {PATIENCE_S:g} s"
            self._remove(post)
            yield progress.GpuAwaited(post.model, f"{why}; others may have its GPUs")
            yield events.SlotsBusy(post.worker)

    def _of(self, worker: str) -> _Post | None:
        """The one that the scheduler means; the one before it may still be ending."""
        posts = (post for post in self._posts.values() if not post.is_settled)
        return next((post for post in posts if post.worker == worker), None)

    def _remove(self, post: _Post) -> None:
        """Nothing more is heard of it."""
        self._posts = {number: one for number, one in self._posts.items() if one is not post}
        post.station.remove()

    @staticmethod
    def _gone(post: _Post, why: str) -> events.WorkerGone:
        return events.WorkerGone(post.worker, f"{post.node.name}: {why}", by_itself=False)

    def _translated(self, post: _Post, event: events.Event) -> events.Event:
        """In the words of the driver, which has names of its own for slots."""
        where = post.node.name
        match event:
            case events.SlotsBusy():
                post.is_settled = True
                return replace(event, slot="")
            case events.HostFull():
                post.is_settled = True
                return event
            case events.SlotRefused(reason=reason) | events.StartRefused(reason=reason):
                post.is_settled = True
                return events.SlotRefused(post.worker, post.slots[0], f"{where}: {reason}")
            case events.WorkerGone(reason=reason):
                post.is_settled = True
                return replace(event, reason=f"{where}: {reason}")
            case _:
                return event

    def _await_gpu(self, post: _Post) -> Iterator[Told]:
        """Say once that others have it: it is tried again and again."""
        place = post.model, post.node.id
        if place not in self._awaiting:
            self._awaiting.add(place)
            why = f"a GPU of {post.node.name} is used by another run"
            yield progress.GpuAwaited(post.model, why)

    def _give(self, post: _Post, wanted: PagesWanted) -> Iterator[Told]:
        """Send what the node has not; the request fails where nobody has it any more."""
        pages: list[PageContent] = []
        for page in wanted.pages:
            try:
                content = read_bytes(wanted.root, page)
            except ChangedPageError as error:
                info = ErrorInfo(type(error).__name__, f"{page.path}: {error}")
                failed = FailedAnswer(wanted.request_id, FailureReason.INPUT_ERROR, info)
                if not post.is_settled:
                    yield events.WorkerAnswered(post.worker, failed)
                return
            pages.append(
                PageContent(page.path, page.sha256, page.width_px, page.height_px, content)
            )
        post.station.take(Given(wanted.request_id, tuple(pages)))

    def _keep(self, post: _Post, file: str, content: bytes) -> Iterator[Told]:
        path = self._logs / PurePath(file).name  # whatever a node says, it stays in there
        head = f"== {post.worker} on {post.node.name}\n".encode()
        try:
            make_folder(self._logs)
            with path.open("ab") as log:
                log.write(head + content.removesuffix(b"\n") + b"\n")
        except OSError as error:
            yield progress.Noted(f"cannot keep what {post.worker} printed: {error}")
