"""Real workers with real models, asked one request at a time or many at once."""

import hashlib
import queue
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from vlmhb.domain.answer import Answer, FailedAnswer, Outcome
from vlmhb.domain.envspec import Env
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageImage
from vlmhb.domain.task import AnswerKind, Generation
from vlmhb.worker import (
    Answered,
    Died,
    Hello,
    Launch,
    Loaded,
    LoadFailed,
    LoadOrder,
    Worker,
    WorkerEvent,
)

TRANSFORMERS = "vlmhb_worker.backends.transformers:Transformers"
PATIENCE_S = 300.0
"""Only a broken test waits this long."""


class ModelWorker:
    """A worker and what it was asked."""

    def __init__(self, folder: Path, env: Env, lent: str = "") -> None:
        self._events: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()
        self.log_path = folder / "worker.log"
        launch = Launch(
            env.python, env.variables, folder / "scratch", self.log_path, "model", lent=lent
        )
        self.worker = Worker(launch, self._events.put)

    def load(
        self, weights: Path | str, *, trust_remote_code: bool = False, **params: Any
    ) -> Loaded | LoadFailed:
        """What comes of loading these weights through transformers."""
        spec = ModelSpec(
            "model",
            TRANSFORMERS,
            "env",
            AnswerKind.REPLY,
            {"device": "cpu", "threads": 1, **params},
            trust_remote_code=trust_remote_code,
        )
        return self.load_model(spec, weights)

    def load_model(self, spec: ModelSpec, weights: Path | str) -> Loaded | LoadFailed:
        """What comes of loading these weights as the spec says."""
        self.worker.start()
        self._next(Hello)
        self.worker.load(LoadOrder(spec, seed=0, weights=str(weights)))
        while True:
            event = self.event()
            if isinstance(event, Loaded | LoadFailed):
                return event

    def ask(self, requests: Iterable[Request]) -> dict[str, Outcome]:
        """What comes of these requests, all sent at once."""
        sent = list(requests)
        for request in sent:
            self.worker.send(request)
        return self.outcomes(sent)

    def outcomes(self, sent: Iterable[Request]) -> dict[str, Outcome]:
        """What comes of these requests, sent before."""
        owed = {request.id for request in sent}
        outcomes: dict[str, Outcome] = {}
        while owed - set(outcomes):
            outcome = self._next(Answered).outcome
            outcomes[outcome.request_id] = outcome
        return outcomes

    def answers(self, requests: Iterable[Request]) -> dict[str, Answer]:
        """The answers to these requests, all sent at once; none may fail."""
        return {key: answered(outcome) for key, outcome in self.ask(requests).items()}

    def event(self) -> WorkerEvent:
        """Whatever happens next; the worker's end is an error."""
        event = self._events.get(timeout=PATIENCE_S)
        assert not isinstance(event, Died), event
        return event

    def death(self) -> Died:
        """The worker's end."""
        while True:
            event = self._events.get(timeout=PATIENCE_S)
            if isinstance(event, Died):
                return event

    def _next(self, kind: type[Any]) -> Any:
        event = self.event()
        assert isinstance(event, kind), event
        return event


@contextmanager
def model_worker(folder: Path, env: Env, lent: str = "") -> Iterator[ModelWorker]:
    """A worker that is gone afterwards, whatever the test did."""
    running = ModelWorker(folder, env, lent)
    try:
        yield running
    finally:
        if hasattr(running.worker, "_process"):
            running.worker.kill()
            assert running.worker.join(PATIENCE_S)


def answered(outcome: Outcome) -> Answer:
    """The outcome, which must be an answer."""
    assert isinstance(outcome, Answer), _why(outcome)
    return outcome


def failed(outcome: Outcome) -> FailedAnswer:
    """The outcome, which must be a failure."""
    assert isinstance(outcome, FailedAnswer), outcome
    return outcome


def loaded(event: Loaded | LoadFailed) -> Loaded:
    """The event, which must be good news."""
    assert isinstance(event, Loaded), event.error.traceback
    return event


class Pages:
    """Pages of several sizes, drawn once."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def page(self, width_px: int, height_px: int, text: str) -> PageImage:
        """A white page with a line of text."""
        image = Image.new("RGB", (width_px, height_px), "white")
        ImageDraw.Draw(image).text((5, 5), text, fill="black")
        name = f"{width_px}x{height_px}-{text}.png".replace(" ", "-")
        image.save(self._folder / name)
        digest = hashlib.sha256((self._folder / name).read_bytes()).hexdigest()
        return PageImage(name, digest, width_px, height_px)

    def request(
        self,
        identity: str,
        prompt: str,
        *pages: PageImage,
        system_prompt: str = "",
        **generation: Any,
    ) -> Request:
        """A question about some of the pages."""
        wanted: Mapping[str, Any] = {"max_new_tokens": 16, **generation}
        return Request(
            identity,
            "model",
            prompt,
            system_prompt,
            str(self._folder.resolve()),
            pages,
            Generation(**wanted),
        )


def again(requests: Iterable[Request], mark: str) -> list[Request]:
    """The same questions under other ids."""
    return [replace(request, id=request.id + mark) for request in requests]


def _why(outcome: Outcome) -> str:
    return outcome.error.traceback if isinstance(outcome, FailedAnswer) else ""
