"""What goes wrong with an endpoint, by kind, in sentences that say what to do."""

import json
import re
from typing import Any, Mapping, Optional, Sequence

from vlmhb_worker.backend import PageError, RequestTooLargeError
from vlmhb_worker.backends.openai_api import blame
from vlmhb_worker.backends.openai_api.excerpts import Excerpts

OUT_OF_MONEY = b"insufficient_quota"
"""The code of a 429 that waiting does not help against."""

SAID_CHARS = 600
"""How much of what the server said is passed on."""

KEYLESS = Excerpts()
"""Of an endpoint that wants no key."""

RETRIED = frozenset({408, 425, 429})
"""Besides everything from 500 on."""


class EndpointError(Exception):
    """The endpoint refuses the request, and will again."""


class AccessDeniedError(EndpointError):
    """The endpoint does not take the API key, or wants one."""


class ModelUnknownError(EndpointError):
    """The endpoint has no such model."""


class ContentFilteredError(EndpointError):
    """The endpoint withheld the answer."""


class PageRefusedError(PageError):
    """The endpoint cannot read a page."""


class TransientError(Exception):
    """It may work the next time."""

    def __init__(
        self, text: str, retry_after_s: Optional[float] = None, *, is_unreachable: bool = False
    ) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s
        """What the server asked for."""
        self.is_unreachable = is_unreachable
        """No server said this: there was no connection."""


class RetriesExhaustedError(EndpointError):
    """It was tried again and again."""


def of_status(
    status: int,
    body: bytes,
    *,
    retry_after_s: Optional[float] = None,
    secret: str = "",
    excerpts: Excerpts = KEYLESS,
) -> Exception:
    """The failure that this HTTP status stands for."""
    said = what_was_said(body, excerpts)
    text = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status in (401, 403):
        return AccessDeniedError(f"{text}. {_key_advice(secret)}")
    if (status >= 500 or status in RETRIED) and OUT_OF_MONEY not in body:
        return TransientError(text, retry_after_s)
    if status == 404:
        return ModelUnknownError(text)
    if status in (400, 413, 422):
        return _refused(status, text, body)
    if 300 <= status < 400:
        text += ": the endpoint is elsewhere; correct params.base_url"
    return EndpointError(text)


def _refused(status: int, text: str, body: bytes) -> Exception:
    fault = blame.SIZE if status == 413 else blame.at_fault(text, _error_in(body))
    if fault == blame.SIZE:
        return RequestTooLargeError(
            f"{text}. Lower the task's max_pixels or max_new_tokens, or send fewer pages"
        )
    return PageRefusedError(text) if fault == blame.PAGE else EndpointError(text)


def _error_in(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    error = content.get("error", content) if isinstance(content, dict) else None
    return error if isinstance(error, dict) else {}


def model_unknown(text: str, model: str, offered: Optional[Sequence[str]]) -> ModelUnknownError:
    """The failure that also says what the endpoint has."""
    if offered is None:
        return ModelUnknownError(f"{text}. Check params.model ({model!r}) and params.base_url")
    names = ", ".join(sorted(offered)[:30]) or "no model"
    if len(offered) > 30:
        names += f" and {len(offered) - 30} more"
    return ModelUnknownError(f"{text}. params.model is {model!r}; the endpoint offers {names}")


def what_was_said(body: bytes, excerpts: Excerpts = KEYLESS, most_chars: int = SAID_CHARS) -> str:
    """The sentence in an error's body, whatever server wrote it."""
    text = body.decode("utf-8", "replace").strip()
    try:
        said = _message(json.loads(text))
    except ValueError:
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        said = title.group(1) if title else text
    return excerpts.of(said, most_chars)


def _message(content: Any) -> str:
    """OpenAI nests it in `error`, SGLang writes `message`, FastAPI `detail`."""
    for name in ("error", "message", "detail"):
        if isinstance(content, dict) and content.get(name):
            return _message(content[name])
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _key_advice(secret: str) -> str:
    if secret:
        return f"Check the value of {secret}"
    return "Name the variable that holds the API key in params.api_key_secret and in secrets"
