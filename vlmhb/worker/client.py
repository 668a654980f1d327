"""One worker, as the host talks to it."""

import contextlib
import errno
import signal
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from vlmhb_worker import wire
from vlmhb_worker.wire import Message, ProtocolError

from vlmhb.domain.answer import FailedAnswer, FailureReason, Outcome
from vlmhb.domain.run import Request
from vlmhb.errors import WorkerError
from vlmhb.worker import codec
from vlmhb.worker.cargo import Stowage
from vlmhb.worker.events import (
    Answered,
    Death,
    DeathKind,
    Died,
    Hello,
    Loaded,
    LoadFailed,
    LoadProgress,
    WorkerEvent,
)
from vlmhb.worker.launch import Launch
from vlmhb.worker.order import LoadOrder
from vlmhb.worker.page_names import with_page_names
from vlmhb.worker.process import WorkerProcess, cannot_start
from vlmhb.worker.pump import Pump
from vlmhb.worker.redaction import Redaction
from vlmhb.worker.stderr import CappedLog, StderrDrain

STACKS_S = 0.5
"""What printing the stacks of a hung worker may take."""

FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""Signals that a scheduler, a user or the kernel's OOM killer sends to a healthy process."""


class Worker:
    """A process that holds one model.

    Everything that happens comes through `on_event`, in order and from one thread of the worker's
    own; the callback must return soon and must not raise. No method waits for the worker.

    Example:
        worker = Worker(launch, events.put)
        worker.start()                      # Hello
        worker.load(LoadOrder(model, seed=0))  # LoadProgress..., then Loaded or LoadFailed
        worker.send(request)                # Answered; at most Loaded.window unanswered
        worker.shutdown(grace_s=5)          # Died
    """

    def __init__(self, launch: Launch, on_event: Callable[[WorkerEvent], None]) -> None:
        self._launch = launch
        self._on_event = on_event
        self._lock = threading.Lock()
        self._owed: dict[str, Request] = {}
        self._cancelled: set[str] = set()
        self._window = 0
        self._has_greeted = False
        self._load_is_owed = False
        self._is_closing = False
        self._lost_us_for = ""
        """Why this process could not look after it any more."""
        self._redaction = Redaction()

    def start(self) -> None:
        """Start the process. The calling thread must outlive it, else the kernel kills it.

        Raises:
            WorkerError: the interpreter cannot be started, or this system has no more files or
                threads to look after it.
        """
        process = WorkerProcess(self._launch)
        try:
            self._look_after(process)
        except OSError as error:
            raise cannot_start(self._launch, error) from error
        except RuntimeError as error:  # how Python says that there are no more threads
            none_left = OSError(errno.EAGAIN, str(error))
            raise cannot_start(self._launch, none_left) from error

    def _look_after(self, process: WorkerProcess) -> None:
        """Start the threads that read what it says and what it prints, else leave nothing of it."""
        with contextlib.ExitStack() as undo:
            undo.callback(process.close)
            undo.callback(process.end)
            pump = Pump(process, self._receive)
            undo.callback(pump.close)
            log = CappedLog(self._launch.log_path)
            undo.callback(log.close)
            drain = StderrDrain(process.errors, process.death, log, self._launch.name)
            thread = threading.Thread(target=self._run, name=self._launch.name, daemon=True)
            self._process, self._pump, self._drain, self._thread = process, pump, drain, thread
            behind_walls = self._launch.walls is not None
            self._stowage = Stowage(process.arena, files_too=behind_walls)
            drain.start()
            undo.callback(drain.finish)
            undo.callback(process.end)  # which `finish` waits for
            thread.start()
            undo.pop_all()

    @property
    def pid(self) -> int:
        """Of the guard, the process that was started; `Hello.pid` is the worker behind it."""
        return self._process.pid

    @property
    def log_path(self) -> Path:
        """The file that has what it printed."""
        return self._launch.log_path

    @property
    def scratch(self) -> Path:
        """The folder that it may fill; gone after its death."""
        return self._process.scratch

    def load(self, order: LoadOrder) -> None:
        """Order a model to be loaded, once, after `Hello`."""
        self._redaction = Redaction(order.secrets.values())
        self._drain.hide(self._redaction)
        self._load_is_owed = True
        message = codec.load_message(order, str(self._process.scratch))
        self._pump.write_first((self._frame(message),))

    def send(self, request: Request) -> None:
        """Order an answer. A worker that has died meanwhile takes the order and says nothing.

        Raises:
            WorkerError: the window is full, the request is unanswered already, or it cannot travel.
        """
        with self._lock:
            problem = self._refusal(request.id)
            if problem:
                raise WorkerError(f"cannot send request {request.id}", problem)
            self._owed[request.id] = request
        try:
            cargo = self._stowage.stow(request)
            message = codec.request_message(request, cargo.buffers)
            frame = self._frame(message, cargo.tail_bytes)
        except BaseException:
            self._forget(request.id)
            raise
        self._pump.write((frame, *cargo.tail), request.id)

    def dump_stacks(self) -> None:
        """Have the worker print its stacks; they end up in its log and in `stderr_tail`.

        A `kill` right after it waits until they are printed.
        """
        if self._has_greeted:  # before that, the signal would end it
            self._process.dump_stacks()
            self._pump.hold(STACKS_S)

    def cancel(self, request_id: str) -> None:
        """Have it settled as cancelled at once, unless its answer is on the way already."""
        if self._pump.withdraw(request_id, codec.cancelled_message(request_id)):
            self._stowage.clear(request_id)
        else:
            self._pump.write_first((self._frame({"type": "cancel", "id": request_id}),))

    def drain(self) -> None:
        """Have it answer what it was sent, take nothing more, and end."""
        self._is_closing = True
        self._pump.write((self._frame({"type": "drain"}),))

    def shutdown(self, grace_s: float) -> None:
        """Let it finish the running batch within `grace_s`, else make it end."""
        self._is_closing = True
        self._pump.write_first((self._frame({"type": "shutdown"}),), instead=True)
        self._pump.stop_after(grace_s)

    def kill(self) -> None:
        """Make it end now, with every process it started."""
        self._is_closing = True
        self._pump.stop_after(0)

    def join(self, timeout_s: float) -> bool:
        """True when the worker is dead and `on_event` will not be called again."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _refusal(self, request_id: str) -> str | None:
        if request_id in self._owed:
            return "it is unanswered already"
        if request_id in self._cancelled:
            return "it was cancelled: its id is not used again"
        if len(self._owed) >= self._window:
            return f"{len(self._owed)} requests are unanswered, the window is {self._window}"
        return None

    def _frame(self, message: Message, tail_bytes: int = 0) -> bytes:
        try:
            return wire.encode(message, wire.FROM_HOST, tail_bytes)
        except ProtocolError as error:
            raise WorkerError(
                f"cannot send a {message['type']} to worker {self._launch.name}", str(error)
            ) from error

    def _run(self) -> None:
        broken = ""
        try:
            self._pump.run()
        except BaseException as error:  # noqa: BLE001 - nobody else would see the worker to its end
            self._process.end()  # before anything that takes memory, which may be what is lacking
            self._lost_us_for = f"its host could not go on: {type(error).__name__}: {error}"
            broken = traceback.format_exc()
        returncode = self._process.returncode()
        printed = self._drain.finish() + broken
        self._pump.close()
        if returncode is not None:
            self._process.close()
        self._on_event(Died(self._death(returncode, printed)))

    def _receive(self, message: Message) -> None:
        event = codec.report(message)
        self._expect(event)
        if isinstance(event, Answered):
            event = Answered(with_page_names(event.outcome, self._settle(event.outcome)))
        self._on_event(self._redaction.event(event))

    def _expect(self, event: codec.Report) -> None:
        """Refuse what comes at the wrong time."""
        if isinstance(event, Hello) == self._has_greeted:
            when = "after" if self._has_greeted else "before"
            raise ProtocolError(f"{type(event).__name__} {when} hello")
        match event:
            case Hello():
                self._has_greeted = True
            case LoadProgress() | Loaded() | LoadFailed() if not self._load_is_owed:
                raise ProtocolError(f"{type(event).__name__} while nothing loads")
            case Loaded(window=window):
                self._load_is_owed = False
                self._window = window
            case LoadFailed():
                self._load_is_owed = False
            case _:
                pass

    def _settle(self, outcome: Outcome) -> Request:
        """The request that this is the answer of."""
        request_id = outcome.request_id
        with self._lock:
            if request_id not in self._owed:
                raise ProtocolError(f"an answer for {request_id!r}, which is not outstanding")
            request = self._owed.pop(request_id)
            is_cancelled = _is_cancelled(outcome)
            if is_cancelled:
                self._cancelled.add(request_id)
        # The model of a cancelled one may look at its pages still: their room is not used again.
        if not is_cancelled:
            self._stowage.clear(request_id)
        return request

    def _forget(self, request_id: str) -> None:
        with self._lock:
            del self._owed[request_id]
        self._stowage.clear(request_id)

    def _death(self, returncode: int | None, printed: str) -> Death:
        kind, detail, by_itself = DeathKind.EXIT, _ending(returncode), True
        if self._is_closing:
            kind, by_itself = DeathKind.CLOSED, False
        elif self._lost_us_for:
            kind, detail, by_itself = DeathKind.HOST, self._lost_us_for, False
        elif self._pump.violation is not None:
            kind, detail = DeathKind.PROTOCOL, self._pump.violation
        elif returncode is not None and returncode < 0:
            kind, by_itself = DeathKind.SIGNAL, -returncode not in FROM_OUTSIDE
        detail = self._redaction.text(detail)
        return Death(kind, detail, by_itself, printed, self._process.weights_seal.broken())


def _is_cancelled(outcome: Outcome) -> bool:
    return isinstance(outcome, FailedAnswer) and outcome.reason is FailureReason.CANCELLED


def _ending(returncode: int | None) -> str:
    if returncode is None:
        return "it cannot be killed"
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
