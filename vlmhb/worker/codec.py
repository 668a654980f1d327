"""Messages to domain types and back; whatever does not fit is refused by name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vlmhb_worker import PROTOCOL_VERSION, messages
from vlmhb_worker.wire import Message, ProtocolError, sendable

from vlmhb.domain.answer import (
    Answer,
    ErrorInfo,
    FailedAnswer,
    FailureReason,
    FinishReason,
    Timing,
    Usage,
)
from vlmhb.domain.digest import Json
from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, PageContent, PageImage, UnreadablePage
from vlmhb.errors import WorkerError
from vlmhb.system.page_bytes import page_file
from vlmhb.worker.events import Answered, Hello, Loaded, LoadFailed, LoadProgress, Logged
from vlmhb.worker.order import LoadOrder

Report = Hello | LoadProgress | Loaded | LoadFailed | Answered | Logged


def report(message: Message) -> Report:
    """The event that a worker's message stands for.

    Raises:
        ProtocolError: a field is missing, foreign, of the wrong type or beyond its limit.
    """
    kind = messages.check(message, messages.FROM_WORKER)
    if kind not in _READERS:
        raise ProtocolError(f"{kind}: nobody asked for it")
    return _READERS[kind](message)


def load_message(order: LoadOrder, scratch: str) -> Message:
    """The order to load a model.

    Raises:
        WorkerError: the worker would not accept it, or it cannot travel.
    """
    model = order.model
    message: Message = {
        "type": "load",
        "backend": model.backend,
        "params": _plain(model.params, "params"),
        "weights": str(Path(scratch, order.weights)) if order.weights else "",
        "trust_remote_code": model.trust_remote_code,
        "secrets": _plain(order.secrets, "secrets"),
        "scratch": scratch,
        "seed": order.seed,
    }
    return _accepted(message, f"cannot load {model.name}")


def request_message(request: Request, buffers: Sequence[Message | None]) -> Message:
    """The order to answer `request`; `buffers` says where the bytes of each page are, or None.

    Raises:
        WorkerError: one of its pages cannot be read, so there is nothing to show a model; or the
            worker would not accept it.
    """
    generation = request.generation
    message: Message = {
        "type": "request",
        "id": request.id,
        "prompt": _text(request.prompt),
        "system_prompt": _text(request.system_prompt),
        "pages": [
            _page(request, page, buffer)
            for page, buffer in zip(request.pages, buffers, strict=True)
        ],
        "page_marks": request.page_marks,
        "generation": {
            "max_new_tokens": generation.max_new_tokens,
            "temperature": generation.temperature,
            "top_p": generation.top_p,
            "seed": generation.seed,
            "stop": [_text(stop) for stop in generation.stop],
            "min_pixels": generation.min_pixels,
            "max_pixels": generation.max_pixels,
            "may_shrink": generation.may_shrink,
        },
    }
    return _accepted(message, f"cannot send request {request.id}")


def cancelled_message(request_id: str) -> Message:
    """What a worker says of a request that it was told to forget."""
    error = {"type": "Cancelled", "message": "by the host", "traceback": ""}
    return {"type": "failed", "id": request_id, "reason": "cancelled", "error": error}


def _hello(message: Message) -> Hello:
    low, high = message["protocol"]
    if not low <= PROTOCOL_VERSION <= high:
        raise ProtocolError(
            f"hello.protocol: the worker speaks {low} to {high}, this host {PROTOCOL_VERSION}"
        )
    return Hello(message["worker_version"], message["python"], message["pid"])


def _progress(message: Message) -> LoadProgress:
    return LoadProgress(message["stage"], message["done"], message["total"])


def _loaded(message: Message) -> Loaded:
    return Loaded(
        load_s=float(message["load_s"]),
        window=message["window"],
        batch_size=message["batch_size"],
        gpu_memory_bytes=message["gpu_memory_bytes"],
        facts=message["facts"],
    )


def _load_failed(message: Message) -> LoadFailed:
    return LoadFailed(ErrorInfo(**message["error"]))


def _answer(message: Message) -> Answered:
    answer = Answer(
        request_id=message["id"],
        text=message["text"],
        finish_reason=FinishReason(message["finish_reason"]),
        usage=Usage(**message["usage"]),
        # As integers, which a model may send, seconds would have no limit when they are added up.
        timing=Timing(**{n: s if s is None else float(s) for n, s in message["timing"].items()}),
        degraded=tuple(message["degraded"]),
        full_length_chars=message["full_length_chars"],
    )
    return Answered(answer)


def _failed(message: Message) -> Answered:
    reason = FailureReason(message["reason"])
    return Answered(FailedAnswer(message["id"], reason, ErrorInfo(**message["error"])))


def _log(message: Message) -> Logged:
    return Logged(message["level"], message["text"])


_READERS: dict[str, Callable[[Message], Report]] = {
    "hello": _hello,
    "progress": _progress,
    "loaded": _loaded,
    "load_failed": _load_failed,
    "answer": _answer,
    "failed": _failed,
    "log": _log,
}


def _page(request: Request, page: Page, buffer: Message | None) -> Message:
    match page:
        case PageContent(sha256=sha256):
            return {"path": None, "sha256": sha256, "buffer": buffer}
        case PageImage(sha256=sha256) if page.span is not None:
            return {"path": None, "sha256": sha256, "buffer": buffer}
        case PageImage(sha256=sha256):
            # The path also with the bytes: what a file is called may change an answer.
            file = page_file(request.root, page)
            return {"path": str(file), "sha256": sha256, "buffer": buffer}
        case UnreadablePage(path=path, problem=problem):
            raise WorkerError(f"cannot send request {request.id}", f"{path}: {problem}")


def _text(text: str) -> str:
    return sendable(text, len(text) * 6)


def _accepted(message: Message, doing: str) -> Message:
    """The message, which would otherwise end the worker that gets it."""
    try:
        messages.check(message, messages.FROM_HOST)
    except ProtocolError as error:
        raise WorkerError(doing, str(error)) from error
    return message


def _plain(value: Json, where: str) -> Json:
    """Dicts and lists only, which is what msgpack takes; whatever it does not take is named.

    The value itself is not shown: it may be a secret.
    """
    if isinstance(value, Mapping):
        return {
            _unicode(name, where): _plain(item, f"{where}.{name}") for name, item in value.items()
        }
    if isinstance(value, str):
        return _unicode(value, where)
    if isinstance(value, Sequence):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise WorkerError("cannot load the model", f"{where!a} is a number beyond 64 bits")
    return value


def _unicode(text: str, where: str) -> str:
    if _text(text) != text:
        raise WorkerError("cannot load the model", f"{where!a} is no Unicode text")
    return text
