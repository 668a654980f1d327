"""What an endpoint wrote: one JSON body, or a stream of server-sent events."""

import json
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional

from vlmhb_worker.backend import InvalidReplyError
from vlmhb_worker.backends.openai_api.excerpts import Excerpts
from vlmhb_worker.backends.openai_api.failures import (
    KEYLESS,
    ContentFilteredError,
    TransientError,
    of_status,
    what_was_said,
)

FINISHED = {"stop": "stop", "length": "length"}
INSTEAD = ("reasoning_content", "reasoning", "refusal", "tool_calls", "function_call")
"""What a model may write and leave the answer empty."""

SHOWN_CHARS = 200


@dataclass(frozen=True)
class Written:
    """A whole answer as the endpoint tells it. None: it does not tell."""

    text: str
    finish_reason: str
    prompt_tokens: Optional[int]
    """Of text and pages, unless `image_tokens` is known: then of text alone."""
    image_tokens: Optional[int]
    completion_tokens: Optional[int]


def from_json(body: bytes, excerpts: Excerpts = KEYLESS) -> Written:
    """The answer in the body of a chat completion.

    Raises:
        InvalidReplyError: there is none; the text names what came instead.
        ContentFilteredError: the endpoint withheld it.
        TransientError: the body is an error that may pass.
    """
    content = _parsed(body, excerpts)
    _refuse_error(content, excerpts)
    choice = _first_choice(content)
    if choice is None:
        shown = excerpts.of(body, SHOWN_CHARS)
        raise InvalidReplyError(f"the reply has no choices: {shown}")
    message = choice.get("message")
    if not isinstance(message, dict):
        shown = excerpts.of(body, SHOWN_CHARS)
        raise InvalidReplyError(f"the reply's choice has no message: {shown}")
    text = message.get("content")
    finish_reason = _finish_reason(choice.get("finish_reason"), excerpts)
    if not isinstance(text, str) or _stands_elsewhere(text, message):
        raise InvalidReplyError(_no_text(message, finish_reason, excerpts))
    return _written(text, finish_reason, content.get("usage"))


class Stream:
    """Server-sent events, gathered line by line."""

    def __init__(self, excerpts: Excerpts = KEYLESS) -> None:
        self._excerpts = excerpts
        self._pieces: List[str] = []
        self._others: Dict[str, List[str]] = {}
        self._finish_reason: Any = None
        self._usage: Any = None
        self._events = 0
        self.is_over = False

    def feed(self, line: bytes) -> bool:
        """Take one line; whether it brought text of the answer.

        Raises as `from_json` does.
        """
        if not line.startswith(b"data:") or self.is_over:
            return False
        event = line[5:].strip()
        if event == b"[DONE]":
            self.is_over = True
            return False
        content = _parsed(event, self._excerpts)
        _refuse_error(content, self._excerpts)
        self._events += 1
        self._usage = content.get("usage") or self._usage
        choice = _first_choice(content)
        return choice is not None and self._take(choice)

    def written(self) -> Written:
        """The whole answer, once the stream has ended.

        Raises as `from_json` does.
        """
        if not self._events:
            raise InvalidReplyError("the stream ended without an event")
        if self._finish_reason is None:
            raise TransientError("the stream broke off before the answer was finished")
        finish_reason = _finish_reason(self._finish_reason, self._excerpts)
        text = "".join(self._pieces)
        # Servers begin a stream with an empty piece, which says nothing of the answer.
        if not self._pieces or _stands_elsewhere(text, self._others):
            others = {name: "".join(pieces) for name, pieces in self._others.items()}
            raise InvalidReplyError(_no_text(others, finish_reason, self._excerpts))
        return _written(text, finish_reason, self._usage)

    def _take(self, choice: Dict[str, Any]) -> bool:
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            shown = self._excerpts.of(repr(choice), SHOWN_CHARS)
            raise InvalidReplyError(f"an event's choice has no delta: {shown}")
        text = delta.get("content")
        if isinstance(text, str):
            self._pieces.append(text)
        elif text is not None:
            shown = self._excerpts.of(repr(text), SHOWN_CHARS)
            raise InvalidReplyError(f"an event's content is no text: {shown}")
        for name, value in delta.items():
            if name not in ("content", "role") and value:
                piece = value if isinstance(value, str) else "?"
                self._others.setdefault(name, []).append(piece)
        return bool(text)


def _parsed(body: bytes, excerpts: Excerpts) -> Dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        kind = "an HTML page" if body.lstrip()[:1] == b"<" else "not JSON"
        shown = excerpts.of(body, SHOWN_CHARS)
        raise InvalidReplyError(f"the reply is {kind}: {shown}") from None
    if not isinstance(content, dict):
        shown = excerpts.of(body, SHOWN_CHARS)
        raise InvalidReplyError(f"the reply is no JSON object: {shown}")
    return content


def _refuse_error(content: Dict[str, Any], excerpts: Excerpts) -> None:
    """Servers send an error with status 200 when it comes up after they have begun to answer."""
    error = content.get("error")
    if not error:
        return
    code = error.get("code") if isinstance(error, dict) else None
    body = json.dumps(content).encode()
    if isinstance(code, int) and 400 <= code < 600:
        raise of_status(code, body, excerpts=excerpts)
    said = what_was_said(body, excerpts)
    raise TransientError(f"the endpoint failed while it answered: {said}")


def _first_choice(content: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    choices = content.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return None
    return choices[0]


def _finish_reason(value: Any, excerpts: Excerpts) -> str:
    if value == "content_filter":
        raise ContentFilteredError("the endpoint withheld the answer (content_filter)")
    if value == "abort":
        raise TransientError("the server broke off the answer (abort)")
    if value not in FINISHED:
        shown = excerpts.of(repr(value), SHOWN_CHARS)
        raise InvalidReplyError(f"finish_reason is {shown}, expected stop or length")
    return FINISHED[value]


def _stands_elsewhere(text: str, message: Mapping[str, Any]) -> bool:
    """True when the model wrote something, and nothing of it as the answer."""
    return not text.strip() and any(message.get(name) for name in INSTEAD)


def _no_text(message: Mapping[str, Any], finish_reason: str, excerpts: Excerpts) -> str:
    others = {
        name: value for name, value in message.items() if value and name not in ("role", "content")
    }
    text = f"the reply has no text (finish_reason {finish_reason})"
    if "refusal" in others:
        return f"{text}; the model refused: {excerpts.of(repr(others['refusal']), SHOWN_CHARS)}"
    if "reasoning_content" in others or "reasoning" in others:
        return f"{text}, only reasoning; raise max_new_tokens, or switch reasoning off in extra"
    return f"{text}; it holds {', '.join(sorted(others)) or 'nothing else'}"


def _written(text: str, finish_reason: str, usage: Any) -> Written:
    usage = usage if isinstance(usage, dict) else {}
    image_tokens = _image_tokens(usage.get("prompt_tokens_details"))
    prompt_tokens = _count(usage.get("prompt_tokens"))
    if prompt_tokens is not None and image_tokens is not None:
        prompt_tokens = max(prompt_tokens - image_tokens, 0)
    return Written(
        text, finish_reason, prompt_tokens, image_tokens, _count(usage.get("completion_tokens"))
    )


def _image_tokens(details: Any) -> Optional[int]:
    """VLLM counts them by modality, others beside `cached_tokens`; most not at all."""
    if not isinstance(details, dict):
        return None
    by_modality = details.get("multimodal_tokens")
    if isinstance(by_modality, dict):
        return _count(by_modality.get("image"))
    return _count(details.get("image_tokens"))


def _count(value: Any) -> Optional[int]:
    return value if type(value) is int and value >= 0 else None
