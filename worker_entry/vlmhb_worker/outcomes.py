"""What a backend returned, as the message that carries it."""

from __future__ import annotations

import operator

from vlmhb_worker import failures, messages
from vlmhb_worker.backend import Reply
from vlmhb_worker.redaction import NOTHING
from vlmhb_worker.wire import sendable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vlmhb_worker.redaction import Redaction
    from vlmhb_worker.wire import Message


def outcome(
    request_id: Any, result: Any, redaction: Redaction = NOTHING, marks: tuple[str, ...] = ()
) -> Message:
    """An `answer`, or the `failed` that says what is wrong with it.

    `marks` join what the reply says was reduced.
    An id that is no text is passed on as one, so that the host can name it when it refuses it.
    """
    named = request_id if isinstance(request_id, str) else repr(request_id)
    named = sendable(named, messages.MAX_ID_CHARS)
    if isinstance(result, BaseException):
        return failures.failed(named, result, redaction=redaction)
    try:
        return _answer(named, result, redaction, marks)
    except Exception as error:  # noqa: BLE001 - the numbers' conversions are the model's code
        return failures.failed(named, error, "invalid_reply", redaction)


def _answer(request_id: str, reply: Any, redaction: Redaction, marks: tuple[str, ...]) -> Message:
    if not isinstance(reply, Reply):
        raise TypeError(f"the backend returned a {type(reply).__name__}, expected a Reply")
    if not isinstance(reply.text, str):
        raise TypeError(f"the reply's text is {type(reply.text).__name__}, expected str")
    if reply.finish_reason not in messages.FINISH_REASONS:
        raise ValueError(f"finish_reason is {reply.finish_reason!r}, expected stop or length")
    text = sendable(reply.text, len(reply.text) * 6)
    is_cut = len(text) > messages.MAX_ANSWER_CHARS
    return {
        "type": "answer",
        "id": request_id,
        "text": text[: messages.MAX_ANSWER_CHARS],
        "full_length_chars": len(text) if is_cut else None,
        "finish_reason": str(reply.finish_reason),
        "usage": {
            "prompt_tokens": _count("prompt_tokens", reply.prompt_tokens),
            "image_tokens": _count("image_tokens", reply.image_tokens),
            "completion_tokens": _count("completion_tokens", reply.completion_tokens),
        },
        "timing": {
            "preprocess_s": _seconds("preprocess_s", reply.preprocess_s),
            "first_token_s": _seconds("first_token_s", reply.first_token_s),
            "generate_s": _seconds("generate_s", reply.generate_s),
        },
        "degraded": [
            sendable(redaction.text(str(step)), messages.MAX_NAME_CHARS)
            for step in [*marks, *reply.degraded][: messages.MAX_DEGRADED]
        ],
    }


def _count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    number = int(operator.index(value))
    if not 0 <= number <= messages.MAX_INT:
        raise ValueError(f"{name} is {number}")
    return number


def _seconds(name: str, value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not 0 <= number < float("inf"):
        raise ValueError(f"{name} is {number}")
    return number
