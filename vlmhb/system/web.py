"""Web servers: what they answer to a request for a file, or for the rest of one."""

import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from vlmhb.system.clock import monotonic_s
from vlmhb.system.opener import Line, opener, without_login

_CHUNK_BYTES = 1 << 20
LEAST_BYTES_PER_S = 100
"""A server that sends fewer for as long as it may send nothing will not come to an end."""
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Statuses that another try may change."""

_COUNT = "[0-9]{1,18}"
"""A number of bytes; Python refuses to read one of thousands of digits."""


class WebError(Exception):
    """A server did not give what it was asked for."""

    def __init__(
        self, what: str, *, status: int = 0, code: str = "", wait_s: float | None = None
    ) -> None:
        super().__init__(what)
        self.status = status
        """Of its answer; 0 when there is none."""
        self.code = code
        """The header X-Error-Code, with which some servers say more."""
        self.wait_s = wait_s
        """What the server asked for before another try; None when it did not."""


class PassingError(WebError):
    """There is no answer, or half of one; another try may help."""


class RefusedError(WebError):
    """The answer is no, and will be."""


class UntrustedError(RefusedError):
    """The server's certificate is not trusted here."""


class NothingLeftError(PassingError):
    """The file ends before what was asked for begins."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a file, or for its end."""

    url: str
    silence_s: float
    """How long the server may send nothing."""
    skip_bytes: int = 0
    """How much of its beginning is here already."""
    authorization: str = field(default="", repr=False)
    """Header for this server, instead of the name and password that the address may hold."""
    line: Line = field(default_factory=Line)
    method: Literal["GET", "HEAD"] = "GET"
    """HEAD asks what the server says about the file, and for nothing of it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that has begun."""

    start: int
    """Where in the file its bytes belong."""
    end: int
    """Where the file ends; 0 when the server does not say."""
    body: Any
    silence_s: float
    """How long the server may send nothing, or next to nothing."""

    @property
    def headers(self) -> http.client.HTTPMessage:
        """All that the server says about it."""
        headers: http.client.HTTPMessage = self.body.headers
        return headers

    @property
    def coding(self) -> str:
        """How the server says that it packed the bytes, which it was not asked to; mostly empty."""
        coding = self.headers.get("Content-Encoding", "").strip().lower()
        return "" if coding == "identity" else coding[:40]

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they come.

        Raises:
            PassingError: the connection broke, was silent for too long or as good as that.
        """
        began_at, came = monotonic_s(), 0
        try:
            while chunk := self.body.read1(_CHUNK_BYTES):
                yield chunk
                came += len(chunk)
                spent_s = monotonic_s() - began_at
                if spent_s < self.silence_s:
                    continue
                if came < LEAST_BYTES_PER_S * spent_s:
                    raise PassingError(f"only {came} bytes came in {spent_s:.0f} s")
                began_at, came = monotonic_s(), 0
        except (OSError, http.client.HTTPException) as error:
            raise PassingError(_said(error)) from error

    def close(self) -> None:
        """Hang up."""
        self.body.close()


def ask(asked: Asked) -> Reply:
    """What the server answers.

    It may send the whole where only its end was asked for. Proxies and SSL_CERT_FILE are honoured.

    Raises:
        PassingError: another try may help.
        RefusedError: it will not.
    """
    try:
        request = _request(asked)
        body = opener(asked.line).open(request, timeout=asked.silence_s)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise UntrustedError(error.reason.verify_message) from error
        if isinstance(error.reason, str):
            raise RefusedError(error.reason) from error
        raise PassingError(_said(error.reason)) from error
    except (ValueError, http.client.InvalidURL) as error:  # of ours, a proxy's or a redirect's
        raise RefusedError(f"that is no address: {_said(error)}") from error
    except (OSError, http.client.HTTPException) as error:
        raise PassingError(_said(error)) from error
    return _begun(body, asked.silence_s)


def is_address(text: str) -> bool:
    """Whether it names a web server."""
    try:
        parts = urllib.parse.urlsplit(text)
        _port = parts.port  # raises when it is none
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def read(asked: Asked, most_bytes: int) -> tuple[bytes, http.client.HTTPMessage]:
    """The whole of something small, and what the server says about it.

    Raises:
        PassingError: another try may help.
        RefusedError: it will not, or there are more than `most_bytes`.
    """
    with closing(ask(asked)) as reply:
        content = b""
        for chunk in reply.chunks():
            content += chunk
            if len(content) > most_bytes:
                raise RefusedError(f"the server sent more than {most_bytes} bytes")
        if len(content) < reply.end:
            got = f"{len(content)} of {reply.end} bytes"
            raise PassingError(f"the connection ended after {got}")
        return content, reply.headers


def told_bytes(asked: Asked) -> int:
    """How large the server says that a file is; 0 when it does not say.

    Raises:
        PassingError: another try may help.
        RefusedError: it will not.
    """
    with closing(ask(replace(asked, method="HEAD"))) as reply:
        return reply.end


def _request(asked: Asked) -> urllib.request.Request:
    """Asks with the name and password, or the token, in a header that no other server gets."""
    parts = urllib.parse.urlsplit(asked.url)
    request = urllib.request.Request(  # noqa: S310 - see `opener`
        without_login(asked.url), method=asked.method
    )
    if asked.authorization:
        request.add_unredirected_header("Authorization", asked.authorization)
    elif parts.username is not None:
        words = (urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
        value = f"Basic {b64encode(':'.join(words).encode()).decode()}"
        request.add_unredirected_header("Authorization", value)
    if asked.skip_bytes:
        request.add_header("Range", f"bytes={asked.skip_bytes}-")
    return request


def _begun(body: Any, silence_s: float) -> Reply:
    length = body.headers.get("Content-Length", "")
    if body.status != http.HTTPStatus.PARTIAL_CONTENT:
        return Reply(0, int(length) if re.fullmatch(_COUNT, length) else 0, body, silence_s)
    told = re.fullmatch(
        rf"bytes ({_COUNT})-{_COUNT}/({_COUNT}|\*)", body.headers.get("Content-Range", "")
    )
    if told is None:
        body.close()
        raise PassingError("the server sent a part and did not say which")
    return Reply(int(told.group(1)), int(told.group(2).replace("*", "0")), body, silence_s)


def _refused(error: urllib.error.HTTPError) -> WebError:
    what = f"the server answered {error.code} {error.reason}".rstrip()
    code = error.headers.get("X-Error-Code", "")
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return NothingLeftError(what, status=error.code, code=code)
    if error.code not in _PASSING:
        return RefusedError(what, status=error.code, code=code)
    asked = error.headers.get("Retry-After", "")
    wait_s = float(asked) if re.fullmatch(_COUNT, asked) else None
    return PassingError(what, status=error.code, code=code, wait_s=wait_s)


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
