"""Downloads from servers that behave badly."""

import gzip
import hashlib
import io
import socket
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request

import pytest

from vlmhb.errors import DownloadError
from vlmhb.system.download import Wanted, download
from vlmhb.system.opener import Redirects
from vlmhb.system.patience import Patience

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HURRIED = Patience(attempts=3, wait_s=0.001, silence_s=20.0)

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """Answers one request after the other with what it was told; then as a good server would."""

    port: int = 0
    answers: list[Answer] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    logins: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wheels/file.whl?token=secret"

    def wanted(self, sha256: str = SHA256, size_bytes: int = len(CONTENT)) -> Wanted:
        return Wanted(self.url, sha256, size_bytes)

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        self.ranges.append(request.headers["Range"])
        self.logins.append(request.headers["Authorization"])
        (self.answers.pop(0) if self.answers else whole)(request)


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.handle(self)

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        told.port = listening.server_port
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield told
        listening.shutdown()
        thread.join()


def send(request: BaseHTTPRequestHandler, status: int, content: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(content)


def whole(request: BaseHTTPRequestHandler) -> None:
    """A good server: it knows ranges."""
    start = int((request.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
    rest = CONTENT[start:]
    if not rest:
        send(request, 416, b"")
    elif start:
        extent = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        send(request, 206, rest, Content_Length=str(len(rest)), Content_Range=extent)
    else:
        send(request, 200, rest, Content_Length=str(len(rest)))


def broken_after(count: int) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        send(request, 200, CONTENT[:count], Content_Length=str(len(CONTENT)))

    return answer


def other_bytes(request: BaseHTTPRequestHandler) -> None:
    send(request, 200, bytes(len(CONTENT)), Content_Length=str(len(CONTENT)))


def status(code: int, **headers: str) -> Answer:
    return lambda request: send(request, code, b"no", Content_Length="2", **headers)


def redirect(url: str) -> Answer:
    return lambda request: send(request, 302, b"", Location=url, Content_Length="0")


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once(server, tmp_path):
    target = tmp_path / "file.whl"

    download(server.wanted(), target, patience=HURRIED)
    download(server.wanted(), target, patience=HURRIED)

    assert target.read_bytes() == CONTENT
    assert [None] == server.ranges
    assert ["file.whl"] == leftovers(tmp_path)


def test_a_target_with_other_contents_is_replaced(server, tmp_path):
    target = tmp_path / "file.whl"
    target.write_bytes(b"something else")

    download(server.wanted(), target, patience=HURRIED)

    assert target.read_bytes() == CONTENT


def test_a_broken_connection_is_resumed_where_it_broke(server, tmp_path):
    server.answers += [broken_after(5000)]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None, "bytes=5000-"] == server.ranges


def test_what_an_earlier_call_got_is_continued(server, tmp_path):
    server.answers += [broken_after(3000)]
    with pytest.raises(DownloadError):
        download(server.wanted(), tmp_path / "file.whl", patience=Patience(attempts=1))

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None, "bytes=3000-"] == server.ranges


@pytest.mark.parametrize("size_bytes", [len(CONTENT), 0], ids=["size known", "size unknown"])
def test_a_part_that_is_not_of_this_file_is_thrown_away(server, tmp_path, size_bytes):
    (tmp_path / ".file.whl.partial").write_bytes(b"x" * 4000)

    download(server.wanted(size_bytes=size_bytes), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert ["bytes=4000-", None] == server.ranges


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, tmp_path):
    (tmp_path / ".file.whl.partial").write_bytes(CONTENT + b"more")

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT


def test_a_part_of_the_right_length_is_read_before_it_counts(server, tmp_path):
    (tmp_path / ".file.whl.partial").write_bytes(bytes(len(CONTENT)))

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None] == server.ranges


def test_a_server_without_ranges_sends_the_whole_again(server, tmp_path):
    server.answers += [
        broken_after(5000),
        lambda request: send(request, 200, CONTENT, Content_Length=str(len(CONTENT))),
    ]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT


def test_a_part_from_another_place_is_thrown_away(server, tmp_path):
    server.answers += [
        broken_after(5000),
        lambda request: send(request, 206, CONTENT[7:], Content_Range="bytes 7-10239/10240"),
    ]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None, "bytes=5000-", None] == server.ranges


@pytest.mark.parametrize(
    ("start", "extent"),
    [
        (4000, "bytes 4000-10239/10240"),
        (6000, "bytes 6000-10239/10240"),
        (5000, "bytes 6000-10239/10240"),
        (0, "bytes 0-10239/10240"),
        (5000, "bytes 5000-10239/*"),
        (5000, "bytes 5000-9000/10240"),
        (5000, "bytes */10240"),
        (5000, "items 5000-10239/10240"),
        (5000, "bytes 5000"),
    ],
)
def test_whatever_part_a_server_sends_the_file_is_the_right_one(server, tmp_path, start, extent):
    """Of another place than was asked for, or than it says, or without saying."""
    server.answers += [
        broken_after(5000),
        lambda request: send(request, 206, CONTENT[start:], Content_Range=extent),
    ]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT


def test_a_file_that_changes_between_its_parts_is_fetched_anew(server, tmp_path):
    """The first half is of what stood there before: no part of it is in the whole."""
    old = bytes(len(CONTENT))

    def first_half_of_another(request: BaseHTTPRequestHandler) -> None:
        send(request, 200, old[:5000], Content_Length=str(len(old)), ETag='"old"')

    server.answers += [first_half_of_another]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None, "bytes=5000-", None] == server.ranges


def test_the_right_file_is_taken_after_another_one_was_refused(server, tmp_path):
    """By the next command: nothing of the refused one is left."""
    server.answers += [other_bytes]
    with pytest.raises(DownloadError):
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None, None] == server.ranges


def test_a_server_that_packs_what_it_sends_is_told_of(server, tmp_path):
    packed = gzip.compress(CONTENT)
    server.answers += [
        lambda request: send(
            request, 200, packed, Content_Length=str(len(packed)), Content_Encoding="gzip"
        )
    ]

    with pytest.raises(DownloadError, match="the server says that it packed it as 'gzip'"):
        download(server.wanted(size_bytes=0), tmp_path / "file.whl", patience=HURRIED)

    assert [] == leftovers(tmp_path)


def test_an_archive_that_a_server_calls_packed_is_taken_as_it_is(server, tmp_path):
    """Many servers say so of every file whose name ends with .gz."""
    server.answers += [
        lambda request: send(
            request, 200, CONTENT, Content_Length=str(len(CONTENT)), Content_Encoding="x-gzip"
        )
    ]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT


def test_a_server_that_sends_byte_by_byte_is_given_up(server, tmp_path):
    hung_up = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        send(request, 200, b"", Content_Length=str(len(CONTENT)))
        with suppress(OSError):
            for byte in CONTENT[:400]:
                request.wfile.write(bytes([byte]))
                request.wfile.flush()
                if hung_up.wait(0.05):
                    break

    server.answers += [drip, drip]
    patience = Patience(attempts=2, wait_s=0.001, silence_s=1)

    with pytest.raises(DownloadError, match=r"(bytes came in|timed out).*; 2 attempts in a row"):
        download(server.wanted(), tmp_path / "file.whl", patience=patience)
    hung_up.set()


def test_a_server_that_sends_one_around_in_circles_is_given_up(server, tmp_path):
    server.answers += [redirect(server.url)] * 20

    with pytest.raises(DownloadError, match="the server answered 302"):
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_server_is_asked_again(server, tmp_path, code):
    server.answers += [status(code), status(code)]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert 3 == len(server.ranges)


def test_a_server_that_stays_busy_is_given_up(server, tmp_path):
    server.answers += [status(503)] * 9

    with pytest.raises(DownloadError, match=r"503 .*; 3 attempts in a row") as caught:
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert 3 == len(server.ranges)
    assert 4 == caught.value.exit_code
    assert "secret" not in str(caught.value)
    assert [] == leftovers(tmp_path)


def test_progress_renews_the_patience(server, tmp_path):
    def next_thousand(request: BaseHTTPRequestHandler) -> None:
        start = int((request.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        extent = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        length = str(len(CONTENT) - start)
        content = CONTENT[start : start + 1000]
        send(request, 206, content, Content_Length=length, Content_Range=extent)

    server.answers += [next_thousand] * 20

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert 11 == len(server.ranges)


def test_a_server_that_breaks_at_the_same_byte_is_given_up(server, tmp_path):
    server.answers += [broken_after(10)] * 9

    with pytest.raises(DownloadError, match="the connection ended after 10 of 10240 bytes"):
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert not (tmp_path / "file.whl").exists()


@pytest.mark.parametrize("code", [401, 404, 410])
def test_a_refusal_is_not_asked_again(server, tmp_path, code):
    server.answers += [status(code)]

    with pytest.raises(DownloadError, match=f"the server answered {code}"):
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert 1 == len(server.ranges)


def test_another_file_is_refused_with_both_hashes(server, tmp_path):
    server.answers += [other_bytes]

    with pytest.raises(DownloadError) as caught:
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert hashlib.sha256(bytes(len(CONTENT))).hexdigest() in caught.value.got
    assert f"sha256 {SHA256}" == caught.value.expected
    assert [] == leftovers(tmp_path)


def test_a_file_of_another_length_is_not_even_read(server, tmp_path):
    with pytest.raises(DownloadError, match="the server has 10240 bytes of it, not 10241"):
        download(server.wanted(size_bytes=10241), tmp_path / "file.whl", patience=HURRIED)

    assert [] == leftovers(tmp_path)


def endless(request: BaseHTTPRequestHandler) -> None:
    """It says nothing of a length and goes on as long as somebody listens."""
    send(request, 200, CONTENT)
    with suppress(OSError):
        while True:
            request.wfile.write(CONTENT)


@pytest.mark.parametrize("size_bytes", [len(CONTENT), 0], ids=["size known", "size unknown"])
def test_a_server_that_does_not_stop_is_hung_up_on(server, tmp_path, size_bytes):
    server.answers += [endless]
    patience = replace(HURRIED, largest_bytes=len(CONTENT))

    with pytest.raises(DownloadError, match="the server sent more than 10240 bytes"):
        download(server.wanted(size_bytes=size_bytes), tmp_path / "file.whl", patience=patience)

    assert 1 == len(server.ranges)
    assert [] == leftovers(tmp_path)


def test_a_file_of_an_unknown_size_has_a_largest_one(server, tmp_path):
    patience = replace(HURRIED, largest_bytes=len(CONTENT) - 1)

    with pytest.raises(DownloadError, match="the server has 10240 bytes of it, more than"):
        download(server.wanted(size_bytes=0), tmp_path / "file.whl", patience=patience)

    assert [] == leftovers(tmp_path)


def test_a_length_that_is_no_number_of_bytes_counts_for_nothing(server, tmp_path):
    server.answers += [lambda request: send(request, 200, CONTENT, Content_Length="9" * 5000)]

    download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT


def test_a_cut_that_nobody_announced_is_found_by_the_hash(server, tmp_path):
    """Without a length the end of the connection looks like the end of the file."""
    server.answers += [lambda request: send(request, 200, CONTENT[:99])]

    download(server.wanted(size_bytes=0), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT


def test_a_server_that_falls_silent_is_asked_again(server, tmp_path):
    done = threading.Event()

    def stall(request: BaseHTTPRequestHandler) -> None:
        broken_after(2000)(request)
        request.wfile.flush()
        done.wait(20)

    server.answers += [stall]

    patience = Patience(attempts=3, wait_s=0.001, silence_s=0.2)
    download(server.wanted(), tmp_path / "file.whl", patience=patience)
    done.set()

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [None, "bytes=2000-"] == server.ranges


def test_a_server_that_is_not_there_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file.whl"

        with pytest.raises(DownloadError, match="Connection refused") as caught:
            download(Wanted(url, SHA256), tmp_path / "file.whl", patience=HURRIED)

    assert url in str(caught.value)


def test_redirects_to_other_servers_are_followed_without_the_login(server, tmp_path):
    server.answers += [redirect(f"http://localhost:{server.port}/elsewhere")]
    url = server.url.replace("//", "//me:p%40ss@")

    download(Wanted(url, SHA256), tmp_path / "file.whl", patience=HURRIED)

    assert (tmp_path / "file.whl").read_bytes() == CONTENT
    assert [f"Basic {b64encode(b'me:p@ss').decode()}", None] == server.logins


@pytest.mark.parametrize("scheme", ["file", "ftp", "data", "gopher"])
def test_redirects_to_anything_but_servers_are_refused(server, tmp_path, scheme):
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    server.answers += [redirect(f"{scheme}://localhost{secret}")]

    with pytest.raises(DownloadError, match=scheme):
        download(server.wanted(), tmp_path / "file.whl", patience=HURRIED)

    assert ["secret"] == leftovers(tmp_path)


@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [("http", "https", True), ("https", "https", True), ("https", "http", False)],
)
def test_a_redirect_never_leaves_an_encrypted_connection(start, end, allowed):
    request = Request(f"{start}://localhost/x")  # noqa: S310 - it is not sent
    arguments = (request, io.BytesIO(), 302, "Found", HTTPMessage(), f"{end}://localhost/y")

    if allowed:
        assert Redirects().redirect_request(*arguments) is not None
    else:
        with pytest.raises(URLError, match="redirected to http"):
            Redirects().redirect_request(*arguments)


@pytest.mark.parametrize("scheme", ["ftp", "data", "gopher"])
def test_other_schemes_are_refused(tmp_path, scheme):
    with pytest.raises(DownloadError, match=f"unknown url type: {scheme}"):
        download(Wanted(f"{scheme}://localhost/x", SHA256), tmp_path / "file.whl")


def test_a_login_is_never_shown(server, tmp_path):
    server.answers += [status(401)]

    with pytest.raises(DownloadError) as caught:
        download(Wanted(server.url.replace("//", "//me:pass@"), SHA256), tmp_path / "file.whl")

    assert "pass" not in str(caught.value)


def test_a_local_file_is_copied_and_checked(tmp_path):
    source = tmp_path / "a file.whl"
    source.write_bytes(CONTENT)

    download(Wanted(source.as_uri(), SHA256), tmp_path / "first.whl")
    download(Wanted(str(source), SHA256), tmp_path / "second.whl")
    with pytest.raises(DownloadError, match=SHA256):
        download(Wanted(source.as_uri(), "0" * 64), tmp_path / "third.whl")

    assert CONTENT == (tmp_path / "first.whl").read_bytes()
    assert CONTENT == (tmp_path / "second.whl").read_bytes()
    assert ["a file.whl", "first.whl", "second.whl"] == leftovers(tmp_path)


def test_a_local_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DownloadError, match=r"gone\.whl: there is no such file"):
        download(Wanted((tmp_path / "gone.whl").as_uri(), SHA256), tmp_path / "file.whl")


def test_a_download_nobody_wants_any_more_stops_waiting(server, tmp_path):
    cancelled = threading.Event()

    def refuse(request: BaseHTTPRequestHandler) -> None:
        cancelled.set()
        status(503, Retry_After="3600")(request)

    server.answers += [refuse]

    with pytest.raises(DownloadError, match="stopped"):
        download(server.wanted(), tmp_path / "file.whl", cancelled=cancelled)

    assert 1 == len(server.ranges)


def test_a_download_nobody_wanted_from_the_start_asks_nobody(server, tmp_path):
    cancelled = threading.Event()
    cancelled.set()

    with pytest.raises(DownloadError, match="stopped"):
        download(server.wanted(), tmp_path / "file.whl", cancelled=cancelled)

    assert [] == server.ranges


def test_a_disk_that_refuses_is_not_blamed_on_the_server(server, tmp_path):
    (tmp_path / "folder").write_text("a file")

    with pytest.raises(NotADirectoryError):
        download(server.wanted(), tmp_path / "folder" / "file.whl", patience=HURRIED)
