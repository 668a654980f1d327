"""The model file's params for an endpoint, checked."""

import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Tuple
from urllib.parse import urlsplit

from vlmhb_worker.backend import LoadJob
from vlmhb_worker.backends.page_engine import checked_params

ENGINES = ("vllm", "sglang")
IMAGES = ("data", "file")
MAY_BE_LEFT_OUT = ("temperature", "top_p", "seed", "stop", "max_tokens")
OURS = ("messages", "model", "stream", "stream_options", "n", "max_completion_tokens")
"""What a request says besides `MAY_BE_LEFT_OUT`; `extra` may name neither."""

MAX_CONCURRENCY = 1_024
READY_TIMEOUT_S = 120.0
SERVER_READY_TIMEOUT_S = 1_800.0

DEFAULTS: Dict[str, Any] = {
    "base_url": "",
    "model": "",
    "api_key_secret": "",
    "concurrency": 8,
    "stream": True,
    "images": "data",
    "max_tokens_name": "max_tokens",
    "leave_out": [],
    "extra": {},
    "attempts": 6,
    "timeout_s": 180.0,
    "give_up_after_s": 270.0,
    "ready_timeout_s": None,
    "server": None,
}


@dataclass(frozen=True)
class ServerSettings:
    """A server to start beside the worker, in the same venv."""

    engine: str
    arguments: Tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """How to reach a model behind an endpoint, and how hard to try."""

    base_url: str
    """Without a slash at its end; empty when `server` is there."""
    model: str
    api_key_secret: str
    """Name of the secret, empty when the endpoint wants none."""
    api_key: str
    concurrency: int
    """Requests under way at a time."""
    stream: bool
    images: str
    """`data`: base64 in the request; `file`: the path of a file that the server can read."""
    max_tokens_name: str
    leave_out: Tuple[str, ...]
    """Generation settings that are not sent, because the endpoint refuses them."""
    extra: Mapping[str, Any]
    attempts: int
    timeout_s: float
    """For one attempt."""
    give_up_after_s: float
    """For all attempts of a request and the waits between them."""
    ready_timeout_s: float
    server: Optional[ServerSettings]
    """None for an endpoint that is there already."""

    def __repr__(self) -> str:
        """Without the key: this may end up in a log."""
        return f"Settings({self.base_url!r}, {self.model!r})"


def read_settings(job: LoadJob) -> Settings:
    """The settings that `job` describes.

    Raises:
        ValueError: a param is unknown or holds what it must not.
    """
    params = checked_params(job.params, DEFAULTS)
    for name, (is_right, expected) in CHECKS.items():
        if not is_right(params[name]):
            raise ValueError(f"params.{name}: got {params[name]!r}, expected {expected}")
    server = _server(params["server"])
    if (server is None) == (not params["base_url"]):
        raise ValueError("params: expected either base_url or server")
    if server is not None and not job.weights:
        raise ValueError("params.server: the model file names no weights for it to serve")
    if server is not None and params["api_key_secret"]:
        raise ValueError("params.api_key_secret: a server started here gets a key of its own")
    ready_timeout_s = params["ready_timeout_s"]
    if ready_timeout_s is None:
        ready_timeout_s = SERVER_READY_TIMEOUT_S if server else READY_TIMEOUT_S
    values = dict(params, server=server, ready_timeout_s=float(ready_timeout_s))
    values["base_url"] = params["base_url"].rstrip("/")
    values["leave_out"] = tuple(params["leave_out"])
    return Settings(api_key=_api_key(params["api_key_secret"], job.secrets), **values)


def served_name(settings: Settings, weights: str) -> str:
    """What a server started here calls its model."""
    return settings.model or os.path.basename(weights.rstrip("/"))


def _api_key(name: str, secrets: Mapping[str, str]) -> str:
    if not name:
        return ""
    if not secrets.get(name):
        raise ValueError(
            f"params.api_key_secret: the worker was given no secret {name}; "
            f"list it under `secrets` in the model file and set the variable {name}"
        )
    key = secrets[name].strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        # Said here: what httpx says of such a header shows its value.
        raise ValueError(f"the value of {name} is no API key: no HTTP header can carry it")
    return key


def _server(value: Any) -> Optional[ServerSettings]:
    if value is None:
        return None
    value = checked_params(value, {"engine": "", "arguments": []})
    if value["engine"] not in ENGINES:
        expected = " or ".join(ENGINES)
        raise ValueError(f"params.server.engine: got {value['engine']!r}, expected {expected}")
    arguments = value["arguments"]
    if not isinstance(arguments, list) or not all(
        isinstance(argument, (str, int, float)) for argument in arguments
    ):
        raise ValueError(f"params.server.arguments: got {arguments!r}, expected a list of texts")
    return ServerSettings(value["engine"], tuple(str(argument) for argument in arguments))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_base_url(value: Any) -> bool:
    if value == "":
        return True
    try:
        parts = urlsplit(value)
        is_whole = bool(parts.hostname) and (parts.port or 1) > 0
    except (TypeError, ValueError, AttributeError):
        return False
    # A password in the address would end up in logs and results.
    is_bare = "@" not in parts.netloc and not parts.query and not parts.fragment
    return is_whole and is_bare and parts.scheme in ("http", "https")


def _is_seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value < float("inf")


def _is_count(limit: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and 1 <= value <= limit


def _is_extra(value: Any) -> bool:
    return isinstance(value, dict) and not set(value) & {*OURS, *MAY_BE_LEFT_OUT}


CHECKS: Dict[str, Tuple[Callable[[Any], bool], str]] = {
    "base_url": (
        _is_base_url,
        "an address such as https://host:8000/v1, without user, query or fragment",
    ),
    "model": (_is_text, "text"),
    "api_key_secret": (_is_text, "the name of a secret"),
    "concurrency": (_is_count(MAX_CONCURRENCY), f"a whole number from 1 to {MAX_CONCURRENCY}"),
    "stream": (lambda value: isinstance(value, bool), "true or false"),
    "images": (lambda value: value in IMAGES, " or ".join(IMAGES)),
    "max_tokens_name": (
        lambda value: value in ("max_tokens", "max_completion_tokens"),
        "max_tokens or max_completion_tokens",
    ),
    "leave_out": (
        lambda value: isinstance(value, list) and all(name in MAY_BE_LEFT_OUT for name in value),
        "a list of " + ", ".join(MAY_BE_LEFT_OUT),
    ),
    "extra": (
        _is_extra,
        "a map without what the task says: " + ", ".join((*OURS, *MAY_BE_LEFT_OUT)),
    ),
    "attempts": (_is_count(100), "a whole number from 1 to 100"),
    "timeout_s": (_is_seconds, "seconds"),
    "give_up_after_s": (_is_seconds, "seconds"),
    "ready_timeout_s": (lambda value: value is None or _is_seconds(value), "seconds"),
}
