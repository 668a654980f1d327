"""The way to web servers: http and https and nothing else, with proxies and certificates."""

import functools
import http.client
import socket
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
import weakref
from contextlib import suppress
from typing import IO, Any

_LOGIN = {"Authorization"}


class Line:
    """The connections that somebody waits at, for another thread that wants them to end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._is_cut = False

    def add(self, connection: socket.socket) -> None:
        """One more; it ends at once when the line is cut already."""
        with self._lock:
            self._sockets.add(connection)
            if self._is_cut:
                _shut(connection)

    def cut(self) -> None:
        """Let every read fail, now and from now on."""
        with self._lock:
            self._is_cut = True
            for connection in self._sockets:
                _shut(connection)


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
        # Python 3.10 does not know 308.
        known = 307 if code == 308 else code
        following = super().redirect_request(req, fp, known, msg, headers, newurl)
        if following is not None and _server(newurl) == _server(req.full_url):
            following.unredirected_hdrs.update(
                {name: value for name, value in req.unredirected_hdrs.items() if name in _LOGIN}
            )
        return following

    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


class _Connection(http.client.HTTPConnection):
    def __init__(self, host: str, *, line: Line, **more: Any) -> None:
        super().__init__(host, **more)
        self._line = line

    def connect(self) -> None:
        super().connect()
        self._line.add(self.sock)


class _SecureConnection(http.client.HTTPSConnection):
    def __init__(self, host: str, *, line: Line, **more: Any) -> None:
        super().__init__(host, **more)
        self._line = line

    def connect(self) -> None:
        super().connect()
        self._line.add(self.sock)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Connection, line=self._line), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        connection = functools.partial(_SecureConnection, line=self._line)
        return self.do_open(connection, req, context=_trust())


def opener(line: Line) -> urllib.request.OpenerDirector:
    """Knows http and https and nothing else, whatever a server may redirect to."""
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        _Http(line),
        _Https(line),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        Redirects(),
    ):
        director.add_handler(handler)
    director.addheaders = [("User-Agent", "vlmhb"), ("Accept-Encoding", "identity")]
    return director


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates of this machine; reading them takes longer than a small file."""
    return ssl.create_default_context()


def without_login(url: str) -> str:
    """The address without a name and password."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _server(url: str) -> tuple[str, str]:
    """Who gets the same secrets: the scheme, and the host with its port."""
    parts = urllib.parse.urlsplit(without_login(url))
    return parts.scheme, parts.netloc


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # it has ended already
        connection.shutdown(socket.SHUT_RDWR)
