"""What goes wrong with an endpoint, by kind, in sentences that say what to do."""

import json
import re
from typing import Any, Optional, Sequence

from vlmhb_worker.backend import InvalidReplyError, PageError

OUT_OF_MONEY = b"insufficient_quota"
"""The code of a 429 that waiting does not help against."""

SAID_CHARS = 600
"""How much of what the server said is passed on."""

RETRIED = frozenset({408, 425, 429})
"""Besides everything from 500 on."""

TOO_LONG = re.compile(
    r"context.{0,10}(length|window)|too (long|large|many (tokens|images|pixels))"
    r"|exceed\w* .{0,60}(tokens|limit|size|length)|at most \d+ image|max_model_len",
    re.IGNORECASE | re.DOTALL,
)
UNREADABLE = re.compile(
    r"(image|picture).{0,60}(invalid|unsupported|decode|identify|format|corrupt|broken)"
    r"|(invalid|unsupported|decode|identify|corrupt|load).{0,60}image",
    re.IGNORECASE | re.DOTALL,
)


class EndpointError(Exception):
    """The endpoint refuses the request, and will again."""


class AccessDeniedError(EndpointError):
    """The endpoint does not take the API key, or wants one."""


class ModelUnknownError(EndpointError):
    """The endpoint has no such model."""


class ContentFilteredError(EndpointError):
    """The endpoint withheld the answer."""


class RequestTooLargeError(PageError):
    """The pages and the prompt are more than the model takes."""


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


OWN = (EndpointError, InvalidReplyError, PageError)
"""What comes of a request that is not asked again."""


def hide(error: BaseException, api_key: str) -> None:
    """Take the key out of what `error` says: some servers repeat the one that they refuse."""
    if api_key and api_key in str(error):
        error.args = (str(error).replace(api_key, "***"),)


def of_status(
    status: int,
    body: bytes,
    *,
    retry_after_s: Optional[float] = None,
    secret: str = "",
) -> Exception:
    """The failure that this HTTP status stands for."""
    said = what_was_said(body)
    text = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status in (401, 403):
        return AccessDeniedError(f"{text}. {_key_advice(secret)}")
    if (status >= 500 or status in RETRIED) and OUT_OF_MONEY not in body:
        return TransientError(text, retry_after_s)
    if status == 404:
        return ModelUnknownError(text)
    if status in (400, 413, 422):
        return _refused(status, text)
    if 300 <= status < 400:
        text += ": the endpoint is elsewhere; correct params.base_url"
    return EndpointError(text)


def _refused(status: int, text: str) -> Exception:
    """Servers give no code for what is too much or unreadable; it is in their words."""
    if status == 413 or TOO_LONG.search(text):
        return RequestTooLargeError(
            f"{text}. Lower the task's max_pixels or max_new_tokens, or send fewer pages"
        )
    return PageRefusedError(text) if UNREADABLE.search(text) else EndpointError(text)


def model_unknown(text: str, model: str, offered: Optional[Sequence[str]]) -> ModelUnknownError:
    """The failure that also says what the endpoint has."""
    if offered is None:
        return ModelUnknownError(f"{text}. Check params.model ({model!r}) and params.base_url")
    names = ", ".join(sorted(offered)[:30]) or "no model"
    if len(offered) > 30:
        names += f" and {len(offered) - 30} more"
    return ModelUnknownError(f"{text}. params.model is {model!r}; the endpoint offers {names}")


def what_was_said(body: bytes) -> str:
    """The sentence in an error's body, whatever server wrote it; at most `SAID_CHARS`."""
    text = body.decode("utf-8", "replace").strip()
    try:
        said = _message(json.loads(text))
    except ValueError:
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        said = title.group(1) if title else text
    said = " ".join(said.split())
    return said if len(said) <= SAID_CHARS else said[: SAID_CHARS - 3] + "..."


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
