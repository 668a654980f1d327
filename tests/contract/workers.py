"""Real workers for tests: through the host's client, or frame by frame."""

import os
import queue
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import vlmhb_worker
from vlmhb_worker import wire
from vlmhb_worker.wire import Message

from vlmhb.domain.answer import Outcome
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.worker import (
    Answered,
    Death,
    Died,
    Hello,
    Launch,
    Loaded,
    LoadOrder,
    LoadProgress,
    Worker,
    WorkerEvent,
)

TOY = "vlmhb_worker.backends.toy:ToyBackend"
PATIENCE_S = 30.0
"""Only a broken test waits this long."""

LENT = str(Path(__file__).with_name("lent"))
"""Backends for tests only; a worker finds them here."""

E = TypeVar("E", bound=WorkerEvent)


def toy(backend: str = TOY, **params: Any) -> ModelSpec:
    """A toy model with these params."""
    return ModelSpec("toy", backend, "toy", AnswerKind.REPLY, params)


def ask(prompt: str, request_id: str | None = None) -> Request:
    """A request without pages, named by its prompt."""
    return Request(request_id or prompt, "toy", prompt, "", "/", (), Generation())


class Session:
    """A worker and the events it has not been asked about yet."""

    def __init__(self, folder: Path, python: str, lent: str = "") -> None:
        self.events: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()
        self.log_path = folder / "logs" / "toy.log"
        launch = Launch(python, {}, folder / "scratch", self.log_path, "toy", lent=lent)
        self.worker = Worker(launch, self.events.put)

    def expect(self, kind: type[E]) -> E:
        """The next event, which must be of this kind."""
        event = self.events.get(timeout=PATIENCE_S)
        assert isinstance(event, kind), event
        return event

    def until(self, kind: type[E]) -> E:
        """The next event of this kind."""
        while True:
            event = self.events.get(timeout=PATIENCE_S)
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Died), event

    def load(self, **params: Any) -> Loaded:
        """Greeted and loaded."""
        self.worker.start()
        self.expect(Hello)
        self.worker.load(LoadOrder(toy(**params), seed=0))
        return self.until(Loaded)

    def hang(self, fault: str) -> None:
        """Greeted, and inside `load` for good."""
        self.worker.start()
        self.expect(Hello)
        self.worker.load(LoadOrder(toy(load_fault=fault), seed=0))
        self.expect(LoadProgress)

    def answer(self, prompt: str) -> Outcome:
        """What comes of one request."""
        self.worker.send(ask(prompt))
        return self.expect(Answered).outcome

    def death(self) -> Death:
        """The worker's end, and that nothing comes after it."""
        death = self.until(Died).death
        assert self.worker.join(PATIENCE_S)
        assert self.events.empty()
        return death


@contextmanager
def session(folder: Path, python: str = sys.executable, lent: str = "") -> Iterator[Session]:
    """A worker that is gone afterwards, whatever the test did."""
    running = Session(folder, python, lent)
    try:
        yield running
    finally:
        if hasattr(running.worker, "_process"):
            running.worker.kill()
            assert running.worker.join(PATIENCE_S)


def raw_load(**params: Any) -> Message:
    """The fields of a `load` for the toy."""
    return {
        "backend": TOY,
        "params": params,
        "weights": "",
        "trust_remote_code": False,
        "secrets": {},
        "scratch": "/nowhere",
        "seed": 0,
    }


def raw_request(request_id: str) -> Message:
    """The fields of a `request` without pages."""
    generation = {
        "max_new_tokens": 1,
        "temperature": 0,
        "top_p": 1,
        "seed": 0,
        "stop": [],
        "min_pixels": None,
        "max_pixels": None,
        "may_shrink": False,
    }
    return {
        "id": request_id,
        "prompt": request_id,
        "system_prompt": "",
        "pages": [],
        "page_marks": False,
        "generation": generation,
    }


class RawWorker:
    """A worker spoken to in single frames."""

    def __init__(self, folder: Path, arena: int = -1) -> None:
        entry = Path(vlmhb_worker.__file__).with_name("__main__.py")
        self.process = subprocess.Popen(
            [sys.executable, "-s", str(entry), str(os.getpid()), "", LENT, str(arena)],
            pass_fds=() if arena < 0 else (arena,),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd=folder,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._requests = self.process.stdin
        self._answers = self.process.stdout
        self._decoder = wire.Decoder(wire.FROM_WORKER)

    def send(self, kind: str, **fields: Any) -> None:
        self.send_bytes(wire.encode({"type": kind, **fields}, wire.FROM_HOST))

    def send_bytes(self, content: bytes) -> None:
        self._requests.write(content)

    def receive(self) -> Message | None:
        """The next message, None at the end."""
        while (message := self._decoder.next_message()) is None:
            if not self._decoder.read(self._answers.fileno()):
                return None
        return message

    def load(self, backend: str = TOY, **params: Any) -> Message:
        """The `loaded` message."""
        self.receive()
        self.send("load", **{**raw_load(**params), "backend": backend})
        return self.end_of_load()

    def end_of_load(self) -> Message:
        """The message that says how it went."""
        while (message := self.receive()) is not None:
            if message["type"] in ("loaded", "load_failed"):
                return message
        raise AssertionError("the worker ended while it loaded")

    def ask(self, request_id: str) -> None:
        self.send("request", **raw_request(request_id))

    def close_input(self) -> None:
        self._requests.close()

    def end(self) -> tuple[int, str]:
        """Exit code and stderr, once it has ended by itself."""
        code = self.process.wait(PATIENCE_S)
        assert self.process.stderr is not None
        return code, self.process.stderr.read().decode()


@contextmanager
def raw_worker(folder: Path, arena: int = -1) -> Iterator[RawWorker]:
    """A worker that is gone afterwards; `arena` is the open file that it takes for the host's."""
    worker = RawWorker(folder, arena)
    try:
        yield worker
    finally:
        worker.process.terminate()
        worker.process.wait(PATIENCE_S)
        for pipe in (worker.process.stdin, worker.process.stdout, worker.process.stderr):
            assert pipe is not None
            pipe.close()
