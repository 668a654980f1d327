"""One endpoint, asked from one event loop: attempts, retries, and what became of each."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass
from typing import Any, AsyncIterator, Callable, Optional, Sequence

from vlmhb_worker.backend import DeviceLostError, InvalidReplyError
from vlmhb_worker.backends.openai_api import failures, written
from vlmhb_worker.backends.openai_api.attempts import Attempts, retry_after_s, utc_now
from vlmhb_worker.backends.openai_api.connections import Connections
from vlmhb_worker.backends.openai_api.excerpts import Excerpts
from vlmhb_worker.backends.openai_api.failures import TransientError
from vlmhb_worker.backends.openai_api.settings import Settings
from vlmhb_worker.backends.openai_api.written import Stream, Written

MODELS_TIMEOUT_S = 10.0
DRAIN_TIMEOUT_S = 1.0
MAX_REPLY_BYTES = 16 << 20
"""Of text an answer may have 200,000 characters; around it comes the JSON of its events."""


@dataclass(frozen=True)
class TimedAnswer:
    """An answer, and the times of the attempt that brought it."""

    written: Written
    first_token_s: Optional[float]
    generate_s: float


@dataclass(frozen=True)
class Endpoint:
    """Where the model is, as it was found when it was loaded."""

    base_url: str
    model: str
    api_key: str
    how_it_ended: Callable[[], str]
    """Why nobody will answer there any more, empty while somebody may."""

    def __repr__(self) -> str:
        """Without the key: this may end up in a log."""
        return f"Endpoint({self.base_url!r}, {self.model!r})"


class Client:
    """Asks an endpoint, and asks again where that may help."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._settings = settings
        self._connections = Connections(endpoint.base_url, endpoint.api_key)
        self._excerpts = Excerpts(endpoint.api_key)
        self._heard_s = time.monotonic()
        """When the endpoint last said anything, be it an error."""

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    async def ask(self, body: bytes) -> TimedAnswer:
        """What the endpoint makes of `body`.

        Raises:
            EndpointError: it refuses, or failed too often.
            PageError: pages or prompt are at fault.
            InvalidReplyError: what came is no answer.
            DeviceLostError: nobody answers at the endpoint any more.
        """
        attempts = Attempts(self._settings.attempts, self._settings.give_up_after_s)
        while True:
            try:
                return await self._attempt(body, attempts)
            except TransientError as error:
                delay_s = self._delay_s(attempts, error)
            except failures.ModelUnknownError as error:
                offered = await self._offered()
                raise failures.model_unknown(str(error), self._endpoint.model, offered) from None
            await asyncio.sleep(delay_s)

    def _delay_s(self, attempts: Attempts, error: TransientError) -> float:
        end = self._endpoint.how_it_ended()
        if end:
            raise DeviceLostError(end) from error
        try:
            return attempts.delay_s(error)
        except failures.RetriesExhaustedError as last:
            silent_since_s = attempts.failing_since_s or 0.0
            if error.is_unreachable and self._heard_s < silent_since_s:
                address = self._endpoint.base_url
                raise DeviceLostError(f"nobody answers at {address}: {last}") from last
            raise

    async def _attempt(self, body: bytes, attempts: Attempts) -> TimedAnswer:
        import httpx

        limit_s = max(min(self._settings.timeout_s, attempts.left_s), 0.001)
        try:
            return await asyncio.wait_for(self._exchange(body), limit_s)
        except asyncio.TimeoutError:
            raise TransientError(f"no whole answer within {limit_s:.0f} s") from None
        except httpx.TransportError as error:
            raise transport_error(error) from error
        except httpx.DecodingError as error:
            raise InvalidReplyError(f"the reply cannot be unpacked: {error}") from error

    async def _exchange(self, body: bytes) -> TimedAnswer:
        started_s = time.monotonic()
        url = f"{self._endpoint.base_url}/chat/completions"
        async with self._connections.one() as http, http.stream(
            "POST", url, content=body
        ) as response:
            self._heard_s = time.monotonic()
            if response.status_code != 200:
                raise failures.of_status(
                    response.status_code,
                    b"\n".join([line async for line in lines_of(response)]),
                    retry_after_s=retry_after_s(response.headers.get("retry-after"), utc_now),
                    secret=self._settings.api_key_secret,
                    excerpts=self._excerpts,
                )
            if "text/event-stream" in response.headers.get("content-type", ""):
                return await self._streamed(response, started_s)
            content = b"\n".join([line async for line in lines_of(response)])
        answer = written.from_json(content, self._excerpts)
        return TimedAnswer(answer, None, time.monotonic() - started_s)

    async def _streamed(self, response: Any, started_s: float) -> TimedAnswer:
        stream = Stream(self._excerpts)
        first_token_s: Optional[float] = None
        lines = lines_of(response)
        async for line in lines:
            if stream.feed(line) and first_token_s is None:
                first_token_s = time.monotonic() - started_s
            if stream.is_over:
                break
        answer = TimedAnswer(stream.written(), first_token_s, time.monotonic() - started_s)
        # A connection is only used again when its answer was read to the end, which is usually
        # here.
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(_drain(lines), DRAIN_TIMEOUT_S)
        return answer

    async def _offered(self) -> Optional[Sequence[str]]:
        """The models that the endpoint names, None when it does not."""
        import httpx

        try:
            url = f"{self._endpoint.base_url}/models"
            async with self._connections.one() as http:
                reply = await http.get(url, timeout=MODELS_TIMEOUT_S)
        except httpx.HTTPError:
            return None
        return model_ids(reply.content) if reply.status_code == 200 else None


def transport_error(error: Any) -> TransientError:
    """What httpx says of a connection, with its kind: its text is often empty."""
    import httpx

    text = f"{type(error).__name__}: {error}".rstrip(": ")
    is_unreachable = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
    return TransientError(text, is_unreachable=is_unreachable)


def model_ids(body: bytes) -> Optional[Sequence[str]]:
    """The ids in a list of models, None when the body is no such list."""
    try:
        rows = json.loads(body)["data"]
        return [row["id"] for row in rows if isinstance(row["id"], str)]
    except (ValueError, TypeError, KeyError):
        return None


async def lines_of(response: Any) -> AsyncIterator[bytes]:
    """The body's lines.

    Raises:
        InvalidReplyError: it has no end.
    """
    waiting = b""
    size_bytes = 0
    async for piece in response.aiter_bytes():
        size_bytes += len(piece)
        if size_bytes > MAX_REPLY_BYTES:
            raise InvalidReplyError(f"the reply has more than {MAX_REPLY_BYTES} bytes")
        *lines, waiting = (waiting + piece).split(b"\n")
        for line in lines:
            yield line
    yield waiting


async def _drain(lines: AsyncIterator[bytes]) -> None:
    async for _ in lines:
        pass
