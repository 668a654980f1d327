"""Exceptions as data: whatever a model raises becomes one small record."""

from __future__ import annotations

import traceback

from vlmhb_worker import messages
from vlmhb_worker.backend import DeviceLostError, InvalidReplyError, PageError
from vlmhb_worker.redaction import NOTHING
from vlmhb_worker.wire import sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.redaction import Redaction
    from vlmhb_worker.wire import Message

OOM_NAMES = frozenset({"OutOfMemoryError", "MemoryError"})
"""By name: the class of an engine that is not imported here cannot be compared."""

OOM_TEXTS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)
"""What torch, CUDA and cuBLAS say when they do not use an exception made for it."""


def error_record(error: BaseException, redaction: Redaction = NOTHING) -> dict[str, str]:
    """Type, message and traceback of `error` without secrets, each cut to what may travel."""
    message = redaction.text(_message(error))
    return {
        "type": sendable(_type_name(error), messages.MAX_NAME_CHARS),
        "message": sendable(message, messages.MAX_MESSAGE_CHARS),
        "traceback": sendable(_traceback(error, redaction), messages.MAX_TRACEBACK_CHARS),
    }


def failed(
    request_id: str, error: BaseException, reason: str = "", redaction: Redaction = NOTHING
) -> Message:
    """The message that says why `request_id` gets no answer."""
    return {
        "type": "failed",
        "id": request_id,
        "reason": reason or reason_of(error),
        "error": error_record(error, redaction),
    }


def reason_of(error: BaseException) -> str:
    """One of `messages.FAILURE_REASONS`."""
    if isinstance(error, PageError):
        return "input_error"
    if isinstance(error, InvalidReplyError):
        return "invalid_reply"
    if is_out_of_memory(error):
        return "oom"
    return "model_error"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether less at a time may go through, by the error's class or by its words."""
    if any(base.__name__ in OOM_NAMES for base in type(error).__mro__):
        return True
    if not isinstance(error, RuntimeError):
        return False
    message = _message(error)
    return any(text in message for text in OOM_TEXTS)


def release(error: BaseException) -> None:
    """Give back the memory that a failed batch holds through its exception."""
    import gc
    import sys

    seen = set()
    cause: Any = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def raise_if_device_lost(result: object) -> None:
    """Raise DeviceLostError when `result` is an exception after which the device is of no use.

    After such an error every later call into CUDA fails too, in this process.
    """
    if isinstance(result, DeviceLostError):
        raise result
    if isinstance(result, BaseException) and is_sticky(result):
        raise DeviceLostError(_message(result)) from result


def is_sticky(error: BaseException) -> bool:
    """True for errors of CUDA's context: a kernel's assertion, an illegal address, a lost GPU.

    Memory that ran out leaves the context as it was, also where the text begins with CUDA's name.
    """
    if is_out_of_memory(error):
        return False
    if any(base.__name__ == "AcceleratorError" for base in type(error).__mro__):
        return True
    return isinstance(error, RuntimeError) and "CUDA error:" in _message(error)


def _type_name(error: BaseException) -> str:
    kind = type(error)
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as second:  # noqa: BLE001 - __str__ is the model's code too
        return f"(no message: __str__ raised {type(second).__name__})"


def _traceback(error: BaseException, redaction: Redaction) -> str:
    """The end of the traceback, where the cause is; the message is a field of its own."""
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
    except BaseException as second:  # noqa: BLE001 - formatting runs the model's code too
        return f"(no traceback: formatting it raised {type(second).__name__})"
    lines = [redaction.text(line)[: messages.MAX_MESSAGE_CHARS] for line in lines]
    whole = "".join(lines)
    limit = messages.MAX_TRACEBACK_CHARS
    if len(whole) <= limit:
        return whole
    return whole[: limit // 4] + "\n...\n" + whole[-(limit * 3 // 4 - 5) :]
