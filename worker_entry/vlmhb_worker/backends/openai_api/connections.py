"""Connections to an endpoint, each used by one request at a time."""

import contextlib
from typing import Any, AsyncIterator, Dict, List
from urllib.parse import urlsplit

CONNECT_TIMEOUT_S = 10.0


class Connections:
    """As many as there are requests under way, kept open between them.

    Not one pool for all: httpcore looks at every pair of its connections and requests whenever one
    of them changes, and with 128 of them does little else.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        import httpx

        may_proxy = may_use_proxy(base_url)
        self._settings = {
            "headers": headers_of(api_key),
            "timeout": httpx.Timeout(None, connect=CONNECT_TIMEOUT_S),
            "limits": httpx.Limits(max_connections=1),
            "trust_env": may_proxy,
            # Made once: reading the certificates takes longer than an answer.
            "verify": httpx.create_ssl_context(trust_env=may_proxy),
        }
        self._idle: List[Any] = []
        self._all: List[Any] = []

    @contextlib.asynccontextmanager
    async def one(self) -> AsyncIterator[Any]:
        """An httpx client for one request; the one that was used last, if any is idle."""
        http = self._idle.pop() if self._idle else self._made()
        try:
            yield http
        finally:
            self._idle.append(http)

    async def close(self) -> None:
        """Close them all."""
        for http in self._all:
            await http.aclose()

    def _made(self) -> Any:
        import httpx

        http = httpx.AsyncClient(**self._settings)
        self._all.append(http)
        return http


def headers_of(api_key: str) -> Dict[str, str]:
    """What every request says."""
    headers = {"Content-Type": "application/json"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    return headers


def may_use_proxy(base_url: str) -> bool:
    """False for this machine, which no proxy reaches."""
    return urlsplit(base_url).hostname not in ("127.0.0.1", "::1", "localhost")
