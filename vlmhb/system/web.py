"""Web servers: what they answer to a request for a file, or for the rest of one."""

import functools
import http.client
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

_CHUNK_BYTES = 1 << 20
_PASSING = {408, 425, 429, 500, 502, 503, 504}
"""Statuses that another try may change."""

_COUNT = "[0-9]{1,18}"
"""A number of bytes; Python refuses to read one of thousands of digits."""


class PassingError(Exception):
    """There is no answer, or half of one; another try may help."""

    def __init__(self, what: str, wait_s: float = 0.0) -> None:
        super().__init__(what)
        self.wait_s = wait_s
        """What the server asked for."""


class RefusedError(Exception):
    """The answer is no, and will be."""


class UntrustedError(RefusedError):
    """The server's certificate is not trusted here."""


class NothingLeftError(PassingError):
    """The file ends before what was asked for begins."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that has begun."""

    start: int
    """Where in the file its bytes belong."""
    end: int
    """Where the file ends; 0 when the server does not say."""
    body: Any

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they come.

        Raises:
            PassingError: the connection broke or was silent for too long.
        """
        try:
            while chunk := self.body.read1(_CHUNK_BYTES):
                yield chunk
        except (OSError, http.client.HTTPException) as error:
            raise PassingError(_said(error)) from error

    def close(self) -> None:
        """Hang up."""
        self.body.close()


def ask(url: str, received: int, silence_s: float) -> Reply:
    """What the server of `url` answers, asked for everything behind the first `received` bytes.

    It may send the whole all the same. Proxies and SSL_CERT_FILE are honoured.

    Raises:
        PassingError: another try may help.
        RefusedError: it will not.
    """
    request = _request(url)
    if received:
        request.add_header("Range", f"bytes={received}-")
    try:
        body = _opener().open(request, timeout=silence_s)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise UntrustedError(error.reason.verify_message) from error
        if isinstance(error.reason, str):
            raise RefusedError(error.reason) from error
        raise PassingError(_said(error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise PassingError(_said(error)) from error
    return _begun(body)


def without_login(url: str) -> str:
    """The address without a name and password."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to other servers, never to a file or from https to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request to send next.

        Raises:
            URLError: it would leave the web, or an encrypted connection.
        """
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme not in {"https", req.type}:
            raise urllib.error.URLError(f"it was redirected to {scheme or 'nowhere'}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """Knows http and https and nothing else, whatever a server may redirect to."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=_trust()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        Redirects(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "vlmhb"), ("Accept-Encoding", "identity")]
    return opener


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates of this machine; reading them takes longer than a small file."""
    return ssl.create_default_context()


def _request(url: str) -> urllib.request.Request:
    """Asks for `url`, with its name and password in a header that no redirect takes along."""
    parts = urllib.parse.urlsplit(url)
    request = urllib.request.Request(without_login(url))  # noqa: S310 - see _opener
    if parts.username is not None:
        words = (urllib.parse.unquote(part or "") for part in (parts.username, parts.password))
        value = f"Basic {b64encode(':'.join(words).encode()).decode()}"
        request.add_unredirected_header("Authorization", value)
    return request


def _begun(body: Any) -> Reply:
    length = body.headers.get("Content-Length", "")
    if body.status != http.HTTPStatus.PARTIAL_CONTENT:
        return Reply(0, int(length) if re.fullmatch(_COUNT, length) else 0, body)
    told = re.fullmatch(
        rf"bytes ({_COUNT})-{_COUNT}/({_COUNT}|\*)", body.headers.get("Content-Range", "")
    )
    if told is None:
        body.close()
        raise PassingError("the server sent a part and did not say which")
    return Reply(int(told.group(1)), int(told.group(2).replace("*", "0")), body)


def _refused(error: urllib.error.HTTPError) -> Exception:
    what = f"the server answered {error.code} {error.reason}".rstrip()
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return NothingLeftError(what)
    if error.code not in _PASSING:
        return RefusedError(what)
    asked = error.headers.get("Retry-After", "")
    return PassingError(what, float(asked) if asked.isdecimal() else 0.0)


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
