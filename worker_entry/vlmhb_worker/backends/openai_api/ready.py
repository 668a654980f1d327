"""Waiting for an endpoint, and what it says of its models."""

import difflib
import time
from typing import Any, Callable, Optional, Sequence

from vlmhb_worker.backends.openai_api import failures
from vlmhb_worker.backends.openai_api.attempts import retry_after_s, utc_now
from vlmhb_worker.backends.openai_api.client import (
    MODELS_TIMEOUT_S,
    model_ids,
    transport_error,
)
from vlmhb_worker.backends.openai_api.connections import (
    CONNECT_TIMEOUT_S,
    headers_of,
    may_use_proxy,
)
from vlmhb_worker.backends.openai_api.excerpts import Excerpts
from vlmhb_worker.backends.openai_api.failures import TransientError

BUSY = 429
"""Who says this is there, and is better not asked for its list every second."""

LISTED_NOWHERE = frozenset({404, 405, 501})
"""Answers of gateways that serve a model and list none."""


def wait_until_ready(
    base_url: str,
    api_key: str,
    secret: str,
    timeout_s: float,
    wait: Callable[[str], None],
) -> Optional[Sequence[str]]:
    """The models that the endpoint lists, None when it is there and lists none.

    `wait` is told why it is not ready yet, and returns when to ask again; it may raise.

    Raises:
        EndpointError: it refuses, or was not there in time.
    """
    import httpx

    excerpts = Excerpts(api_key)
    end_s = time.monotonic() + timeout_s
    timeout = httpx.Timeout(MODELS_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    with httpx.Client(
        headers=headers_of(api_key), timeout=timeout, trust_env=may_use_proxy(base_url)
    ) as http:
        while True:
            try:
                left_s = end_s - time.monotonic()
                return _models(http, f"{base_url}/models", secret, excerpts, left_s)
            except TransientError as error:
                why = str(error)
                again_s = min(time.monotonic() + (error.retry_after_s or 0.0), end_s)
            if time.monotonic() >= end_s:
                raise failures.EndpointError(
                    f"{base_url} was not ready within {timeout_s:g} s; the last: {why}"
                )
            wait(why)
            while time.monotonic() < again_s:
                wait(why)


def chosen_model(wanted: str, offered: Optional[Sequence[str]]) -> str:
    """The model's id at the endpoint.

    Raises:
        ModelUnknownError: the endpoint has no such model, or several and none is named.
    """
    if wanted and (offered is None or wanted in offered):
        return wanted
    if not wanted and offered is not None and len(offered) == 1:
        return offered[0]
    if not wanted:
        raise failures.model_unknown("params.model names no model", wanted, offered)
    near = difflib.get_close_matches(wanted, offered or (), 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise failures.model_unknown(f"no such model{hint}", wanted, offered)


def _models(
    http: Any, url: str, secret: str, excerpts: Excerpts, left_s: float
) -> Optional[Sequence[str]]:
    import httpx

    try:
        reply = http.get(url)
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            text = f"{error}. Name the certificates to trust in SSL_CERT_FILE"
            raise failures.EndpointError(text) from error
        raise transport_error(error) from error
    if reply.status_code in LISTED_NOWHERE:
        return None
    if reply.status_code != 200:
        pause_s = retry_after_s(reply.headers.get("retry-after"), utc_now)
        error = failures.of_status(
            reply.status_code,
            reply.content,
            retry_after_s=pause_s,
            secret=secret,
            excerpts=excerpts,
        )
        is_busy = reply.status_code == BUSY and isinstance(error, TransientError)
        if is_busy and not 0 < (pause_s or 0.0) < left_s:
            return None
        raise error
    models = model_ids(reply.content)
    if models is None:
        said = failures.what_was_said(reply.content, excerpts, 200)
        raise failures.EndpointError(f"{url} is no list of models: {said}")
    return models
