"""A folder behind a web server that only programs of this machine reach, and that only reads.

A browser reaches it too when some other site tells it to. So a request must name this machine in
its `Host` (a site that lets its own name point here does not), no other site may embed what is
sent, and the browser takes every file for what its type says, HTML that vlmhb did not write
included: no page can load or send anything elsewhere.
"""

import html
import os
import re
import socketserver
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path, PurePosixPath
from urllib.parse import quote_from_bytes, unquote_to_bytes

from vlmhb.errors import UsageError
from vlmhb.system.inside import Entry, Found, Inside, NotInsideError

ADDRESS = "127.0.0.1"
FILES = "run"
"""First part of every path: what follows it is a path in the folder."""
SILENCE_S = 60.0
"""How long a client may send or take nothing."""
_END_SEEN_S = 0.1
"""How long after its end is asked for the server may still wait for a request."""

_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_TYPES: Mapping[str, str] = {
    ".html": _HTML,
    ".json": "application/json",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    **dict.fromkeys((".csv", ".jsonl", ".log", ".md", ".txt", ".yaml"), _TEXT),
}
"""By suffix; everything else is saved, not shown."""
_UNKNOWN = "application/octet-stream"
_CHUNK_BYTES = 1 << 18

_CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# What a report allows itself is told by hash in its own policy, and both count. This one keeps any
# page of the folder, whoever wrote it, from loading or sending anything elsewhere.
_PAGE = (
    f"{_CLOSED}; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data: blob:"
)
_SHOWN = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_THIS_MACHINE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
"""With any port: the near end of an SSH tunnel has a number of its own."""


class FolderServer(AbstractContextManager["FolderServer"]):
    """Serves `folder` on this machine while it is open.

    `/` leads to the file `first`, or to the list of files as long as there is no such file.
    """

    def __init__(self, folder: Path, port: int, first: Sequence[str]) -> None:
        """Take the port; 0 takes any that is free.

        Raises:
            UsageError: another program has the port, or only the administrator may have it.
        """
        self._inside = Inside(folder)
        try:
            self._server = _Server((ADDRESS, port), _Handler)
        except OSError as error:
            self._inside.__exit__()
            raise UsageError(
                f"cannot serve on port {port}",
                error.strerror or str(error),
                expected="a free port",
                next_step="choose another one with --port; --port 0 takes any that is free",
            ) from error
        self._server.inside = self._inside
        self._server.first = tuple(os.fsencode(name) for name in first)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_END_SEEN_S,), name="server", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Of the first page."""
        return f"http://{ADDRESS}:{self.port}/"

    @property
    def files_url(self) -> str:
        """Of the list of files."""
        return f"{self.url}{FILES}/"

    def __enter__(self) -> "FolderServer":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._inside.__exit__()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    inside: Inside
    first: tuple[bytes, ...]

    def handle_error(self, request: object, client_address: object) -> None:
        # A reader who closes the page, or a tunnel that breaks, is no failure.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "vlmhb"
    sys_version = ""
    timeout = SILENCE_S
    server: _Server

    def do_GET(self) -> None:
        """Send what the path names."""
        problem = self._problem()
        names = _names(self.path)
        if problem is not None:
            self.send_error(problem)
        elif names is None:
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif names == (b"",):
            self._redirect((*self.server.first,) if self._has_first() else (b"",))
        elif names == (b"favicon.ico",):  # every browser asks, and would log that there is none
            self._send_head(HTTPStatus.NO_CONTENT, _TEXT, 0, _SHOWN, {})
        elif names[0] != FILES.encode():
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            self._send_below(names[1:])

    do_HEAD = do_GET  # noqa: N815 - the same; `_send` leaves the body out

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Say in a line what is wrong, and hang up: what follows may be no request."""
        del message, explain  # they quote the request
        if code == HTTPStatus.NOT_IMPLEMENTED:
            code = HTTPStatus.METHOD_NOT_ALLOWED
        self.close_connection = True
        status = HTTPStatus(code)
        more = {"Connection": "close"}
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            more["Allow"] = "GET, HEAD"
        text = f"{status.value} {status.phrase}\n".encode()
        self._send_head(status, _TEXT, len(text), _SHOWN, more)
        self._send_body(text)

    def log_message(self, *_args: object) -> None:
        """Nothing: a terminal is no place for what others ask for."""

    def _problem(self) -> HTTPStatus | None:
        """Why the request is refused, whatever it asks for."""
        hosts = self.headers.get_all("Host", [])
        if len(hosts) != 1 or not _THIS_MACHINE.fullmatch(hosts[0].strip()):
            return HTTPStatus.MISDIRECTED_REQUEST
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            return HTTPStatus.BAD_REQUEST
        return None

    def _has_first(self) -> bool:
        try:
            with self.server.inside.open(self.server.first):
                return True
        except NotInsideError:
            return False

    def _redirect(self, names: Sequence[bytes]) -> None:
        path = "/".join(quote_from_bytes(name, safe="") for name in (FILES.encode(), *names))
        self._send_head(HTTPStatus.FOUND, _TEXT, 0, _SHOWN, {"Location": f"/{path}"})

    def _send_below(self, names: Sequence[bytes]) -> None:
        is_list = names[-1:] == (b"",)
        try:
            with self.server.inside.open(names[:-1] if is_list else names) as found:
                if found.is_folder and not is_list:
                    self._redirect((*names, b""))
                elif found.is_folder:
                    self._send_list(names[:-1], found.entries())
                elif is_list:
                    self.send_error(HTTPStatus.NOT_FOUND)
                else:
                    self._send_file(names[-1], found)
        except NotInsideError:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _send_file(self, name: bytes, found: Found) -> None:
        kind = _TYPES.get(PurePosixPath(os.fsdecode(name)).suffix.lower(), _UNKNOWN)
        more = {"Content-Disposition": "attachment"} if kind == _UNKNOWN else {}
        policy = _PAGE if kind == _HTML else _SHOWN
        self._send_head(HTTPStatus.OK, kind, found.size_bytes, policy, more)
        if self.command == "HEAD":
            return
        left = found.size_bytes
        while left and (chunk := os.read(found.fd, min(left, _CHUNK_BYTES))):
            self.wfile.write(chunk)
            left -= len(chunk)
        # A file that became shorter leaves less than was announced.
        self.close_connection = self.close_connection or left > 0

    def _send_list(self, names: Sequence[bytes], entries: Sequence[Entry]) -> None:
        content = _list_page(names, entries)
        self._send_head(HTTPStatus.OK, _HTML, len(content), _CLOSED, {})
        self._send_body(content)

    def _send_head(
        self, status: HTTPStatus, kind: str, length: int, policy: str, more: Mapping[str, str]
    ) -> None:
        self.send_response(status)
        own = {
            "Content-Type": kind,
            "Content-Length": str(length),
            "Content-Security-Policy": policy,
        }
        for name, value in {**own, **_HEADERS, **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_body(self, content: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(content)


def _names(target: str) -> tuple[bytes, ...] | None:
    """The parts of a path, decoded once; None when it is no path. The last is empty behind `/`."""
    path = target.partition("?")[0]
    if not path.startswith("/"):
        return None
    # http.server reads bytes as Latin-1, which turns back into the same bytes.
    return tuple(unquote_to_bytes(part.encode("latin-1")) for part in path[1:].split("/"))


def _list_page(names: Sequence[bytes], entries: Sequence[Entry]) -> bytes:
    title = html.escape(_text(b"/".join(names)) or "the run's files")
    up = ['<li><a href="../">..</a></li>'] if names else []
    lines = [
        f'<li><a href="{quote_from_bytes(entry.name, safe="")}{"/" * entry.is_folder}">'
        f"<bdi>{html.escape(_text(entry.name))}</bdi>{'/' * entry.is_folder}</a>"
        f"{'' if entry.is_folder else f' {entry.size_bytes:,} bytes'}</li>"
        for entry in entries
    ]
    return (
        '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        f"<title>{title}</title><h1>{title}</h1><ul>{''.join((*up, *lines))}</ul>\n"
    ).encode()


def _text(name: bytes) -> str:
    return name.decode(errors="replace")
