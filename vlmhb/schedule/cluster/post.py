"""One worker on a node, for a driver that is far away."""

import queue
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, PageContent, PageImage
from vlmhb.errors import SandboxError
from vlmhb.schedule import commands, events, progress
from vlmhb.schedule.cluster.answers_file import answers_file
from vlmhb.schedule.cluster.order import NodeOrder
from vlmhb.schedule.inbox import Item
from vlmhb.schedule.machine import Machine, Told
from vlmhb.store.journal_writer import JournalWriter
from vlmhb.system.durable import make_folder
from vlmhb.system.host import host_name
from vlmhb.system.page_bytes import page_file

LOOK_UP_S = 0.25
MOST_AT_ONCE = 64
"""Things that came while the driver is told of those before them."""
NO_GPU = ("cpu",)
"""The slot of a worker that takes none."""
LOG_BYTES = 1 << 20
"""The most of what a worker printed that goes to the driver: its end."""


@dataclass(frozen=True, slots=True)
class PagesWanted:
    """A request shows files that this node has not."""

    worker: str
    request_id: str
    root: str
    pages: tuple[PageImage, ...]


@dataclass(frozen=True, slots=True)
class LogKept:
    """The end of what a worker printed."""

    file: str
    """Its name in the run's `logs`."""
    content: bytes


Report: TypeAlias = Told | PagesWanted | LogKept
"""What a post tells its driver."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request from the driver."""

    request: Request


@dataclass(frozen=True, slots=True)
class Given:
    """The pages that a request was held back for, in their order."""

    request_id: str
    pages: tuple[PageContent, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What is to become of the worker."""

    what: str
    """`stop`: let it end. `drain`: let it answer what it has for a while. `kill`."""


class Post:
    """Holds one worker: makes ready what it needs, starts it, and answers for its answers.

    Each outcome is on its way to this node's disk before the driver hears of it.
    """

    def __init__(self, order: NodeOrder, worker: str, name: str, gpus: int) -> None:
        """`name` tells this post from all others of the run; it takes so many of the GPUs here."""
        (model,) = order.config.models
        self._here = order.here()
        self._order = order
        self._model = model
        self._worker = worker
        self._folder = order.folder(self._here) / name
        self._wants = gpus
        self._gpus = tuple(gpu.uuid for gpu in self._here.supplies.gpus.usable[:gpus])
        self._inbox: queue.SimpleQueue[Item | Sent | Given | Ordered] = queue.SimpleQueue()
        self._held: dict[str, tuple[Request, tuple[PageImage, ...]]] = {}
        """By id, requests that wait for pages, and which those are."""
        self._missing = {"env", "weights"} if model.weights is not None else {"env"}
        self._is_started = False
        self._is_over = False

    def take(self, what: Sent | Given | Ordered) -> None:
        """Something from the driver."""
        self._inbox.put(what)

    def reports(self) -> Iterator[list[Report]]:
        """Everything that happens, until the worker is gone and its GPUs are free."""
        make_folder(self._folder)
        config = self._order.config_on(self._here)
        machine = Machine(config, self._here.supplies, self._folder, self._inbox.put)
        try:
            with JournalWriter(answers_file(self._folder)) as journal:
                yield []  # it is there: making ready what the worker needs may take long
                for batch in self._batches(machine):
                    for report in batch:
                        if isinstance(report, events.WorkerAnswered):
                            journal.append(report.outcome)
                    yield batch
            yield list(self._logs())
        finally:
            machine.close()

    def _batches(self, machine: Machine) -> Iterator[list[Report]]:
        list(machine.do(commands.BuildEnv(self._model.env)))
        list(machine.do(commands.FetchWeights(self._model.name)))
        while not self._is_over or machine.is_settling:
            batch: list[Report] = []
            for item in self._next(machine):
                batch += self._see(machine, item)
            batch += self._relay(machine, machine.look_after(_Always()))
            if batch:
                yield batch

    def _next(self, machine: Machine) -> Iterator[Item | Sent | Given | Ordered]:
        """What has come, waiting a while for the first of it."""
        try:
            yield self._inbox.get(timeout=machine.wait_s(LOOK_UP_S))
            for _ in range(MOST_AT_ONCE - 1):
                yield self._inbox.get_nowait()
        except queue.Empty:
            pass

    def _see(self, machine: Machine, item: Item | Sent | Given | Ordered) -> Iterator[Report]:
        match item:
            case Sent() | Given() | Ordered() if self._is_over:
                pass  # the driver has not heard yet
            case Sent(request):
                yield from self._send(machine, request)
            case Given(request_id, pages):
                request, missing = self._held.pop(request_id)
                given = dict(zip(missing, pages, strict=True))
                yield from self._send(machine, with_pages(request, given))
            case Ordered(what):
                yield from self._obey(machine, what)
            case _:
                yield from self._relay(machine, machine.see(item))

    def _send(self, machine: Machine, request: Request) -> Iterator[Report]:
        if missing := missing_pages(request):
            self._held[request.id] = request, missing
            yield PagesWanted(self._worker, request.id, request.root, missing)
        else:
            yield from self._relay(machine, machine.do(commands.Send(self._worker, request)))

    def _obey(self, machine: Machine, what: str) -> Iterator[Report]:
        if not self._is_started:
            self._is_over = True
            yield events.WorkerGone(self._worker, "not started", by_itself=False)
        elif what == "stop":
            yield from self._relay(machine, machine.do(commands.StopWorker(self._worker)))
        elif what == "drain":
            machine.stop()
        else:
            machine.kill_all()

    def _relay(self, machine: Machine, told: Iterator[Told]) -> Iterator[Report]:
        """What of it is for the driver; what is not leads to the worker's start."""
        for one in told:
            match one:
                case events.EnvReady():
                    self._missing.discard("env")
                    yield from self._start_if_ready(machine)
                case events.WeightsReady():
                    self._missing.discard("weights")
                    yield from self._start_if_ready(machine)
                case events.EnvFailed(_, error) | events.WeightsFailed(_, error):
                    self._is_over = True
                    yield events.StartRefused(self._worker, error)
                case events.SlotsMayBeFree():
                    yield from self._start_if_ready(machine)
                case events.SlotRefused(for_now=True):
                    self._is_started = False  # what fills its GPU may be ending
                case _:
                    yield self._signed(one)
                    self._is_over |= isinstance(one, _ENDS)

    def _signed(self, told: Told) -> Told:
        """With what only this node knows, or this start."""
        match told:
            case events.WorkerAnswered(worker, outcome):
                return events.WorkerAnswered(worker, replace(outcome, segment=self._order.segment))
            case progress.ModelLoaded():
                return replace(told, host=host_name())
            case _:
                return told

    def _start_if_ready(self, machine: Machine) -> Iterator[Report]:
        if self._missing or self._is_started or self._is_over:
            return
        self._is_started = True
        if len(self._gpus) < self._wants:
            self._is_over = True
            yield events.StartRefused(self._worker, _too_few(self._gpus, self._wants))
            return
        slots = self._gpus or NO_GPU
        start = commands.StartWorker(self._model.name, self._worker, slots)
        try:
            yield from self._relay(machine, machine.do(start))
        except SandboxError as error:
            self._is_over = True
            yield events.StartRefused(self._worker, str(error))

    def _logs(self) -> Iterator[LogKept]:
        for path in sorted((self._folder / "logs").glob("*.log")):
            content = path.read_bytes()
            if content:
                yield LogKept(path.name, content[-LOG_BYTES:])


_ENDS = (
    events.WorkerGone
    | events.SlotsBusy
    | events.SlotRefused
    | events.HostFull
    | events.StartRefused
)


class _Always:
    """What a post's worker has to do: its driver knows, and says when it is to end."""

    may_try_again = False
    next_model = None

    def is_left(self, _model: str) -> bool:
        """Whether there are requests left."""
        return True


def missing_pages(request: Request) -> tuple[PageImage, ...]:
    """Of the files that the request shows those that this machine has not."""
    files = dict.fromkeys(page for page in request.pages if isinstance(page, PageImage))
    return tuple(page for page in files if not _exists(page_file(request.root, page)))


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # it may be in a folder that is closed to who runs the node
        return False


def _too_few(gpus: Sequence[str], wanted: int) -> str:
    return f"Ray gives it {wanted} GPUs, of which vlmhb sees {len(gpus)}"


def with_pages(request: Request, given: Mapping[PageImage, PageContent]) -> Request:
    """The request with what was missing in its place."""
    pages: list[Page] = [
        given.get(page, page) if isinstance(page, PageImage) else page for page in request.pages
    ]
    return replace(request, pages=tuple(pages))
