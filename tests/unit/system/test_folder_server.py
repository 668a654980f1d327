"""The web server of `vlmhb view`, asked through raw sockets: clients tidy paths up."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from vlmhb.errors import UsageError
from vlmhb.system.folder_server import FolderServer

FIRST = ("derived", "report.html")
PAGE = "<!doctype html><title>report</title>"
PATIENCE_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder's files, and a secret beside them."""
    (tmp_path / "secret").write_text("outside")
    made = tmp_path / "run"
    (made / "derived").mkdir(parents=True)
    (made / "derived/report.html").write_text(PAGE)
    (made / "run.json").write_text('{"name": "run"}')
    return made


@pytest.fixture
def server(folder: Path) -> Iterator[FolderServer]:
    with FolderServer(folder, 0, FIRST) as opened:
        yield opened


def say(server: FolderServer, request: bytes) -> bytes:
    """Everything that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def ask(
    server: FolderServer, target: str, method: str = "GET", host: str = "127.0.0.1", more: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers, body."""
    host_line = f"Host: {host}\r\n" if host else ""
    answer = say(server, f"{method} {target} HTTP/1.1\r\n{host_line}{more}\r\n".encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def test_the_first_page_is_the_report(server: FolderServer):
    status, headers, _ = ask(server, "/")

    assert (302, "/run/derived/report.html") == (status, headers["Location"])
    assert (200, PAGE.encode()) == ask(server, headers["Location"])[::2]


def test_without_a_report_the_first_page_lists_the_files(server: FolderServer, folder: Path):
    (folder / "derived/report.html").unlink()

    _, headers, _ = ask(server, "/")

    assert "/run/" == headers["Location"]
    status, _, body = ask(server, "/run/")
    assert (200, True) == (status, b'href="run.json"' in body)


@pytest.mark.parametrize(
    "target",
    [
        "/run/../secret",
        "/run/derived/../../secret",
        "/../secret",
        "/secret",
        "/run/..%2fsecret",
        "/run/%2e%2e/secret",
        "/run/%2E%2E%2Fsecret",
        "/run/.%2e/secret",
        "/run/%252e%252e/secret",
        "/run/..%255csecret",
        "/run/..\\secret",
        "/run/..%c0%afsecret",
        "/run/%c0%ae%c0%ae/secret",
        "/run//secret",
        "/run//etc/passwd",
        "/run/%2fetc%2fpasswd",
        "/run/run.json%00.html",
        "/run/run.json/",
        "/run/run.json/..",
        "/run/./run.json",
        "/run/../",
        "/run/%2e%2e/",
        "/run/..",
        "/run/..;/secret",
        "/%72un/../secret",
        "//run/../secret",
        "/run/link",
        "/run/up/secret",
        "/run/up/",
        "/run/everything/etc/passwd",
        "/run/pipe",
        "/run/.hidden",
        "/run/" + "a" * 5000,
        "/run/" + "a/" * 5000,
    ],
)
def test_no_path_leads_out_of_the_folder(server: FolderServer, folder: Path, target: str):
    (folder / "link").symlink_to("../secret")
    (folder / "up").symlink_to("..")
    (folder / "everything").symlink_to("/")
    (folder / ".hidden").write_text("outside")
    os.mkfifo(folder / "pipe")

    status, _, body = ask(server, target)

    assert 404 == status
    assert b"404 Not Found\n" == body


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1/run/run.json", "run/run.json", "*", "\\run\\run.json", "?/run/"]
)
def test_what_is_no_path_is_a_bad_request(server: FolderServer, target: str):
    assert 400 == ask(server, target)[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8765", "LOCALHOST:1", "[::1]:8765"])
def test_this_machine_may_be_named_in_every_way_and_with_the_port_of_a_tunnel(
    server: FolderServer, host: str
):
    assert 200 == ask(server, "/run/run.json", host=host)[0]


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8765",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.1@evil.example",
        "evil.example#127.0.0.1",
        "127.0.0.1:8765:1",
        "127.0.0.1, evil.example",
        "192.168.0.1",
        "0.0.0.0",  # noqa: S104 - a name in a request
    ],
)
def test_a_name_that_points_here_by_another_s_will_is_refused(server: FolderServer, host: str):
    """DNS rebinding: the browser takes this server for the site that the name belongs to."""
    status, _, body = ask(server, "/run/run.json", host=host)

    assert (421, b"421 Misdirected Request\n") == (status, body)


def test_two_hosts_are_refused(server: FolderServer):
    assert 421 == ask(server, "/run/run.json", more="Host: evil.example\r\n")[0]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_only_reading_is_possible(server: FolderServer, folder: Path, method: str):
    status, headers, _ = ask(server, "/run/run.json", method)

    assert (405, "GET, HEAD") == (status, headers["Allow"])
    assert (folder / "run.json").is_file()


def test_a_request_with_a_body_is_refused_and_the_body_is_no_request(server: FolderServer):
    smuggled = b"GET /run/run.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = f"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(smuggled)}\r\n\r\n"

    answer = say(server, head.encode() + smuggled)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert 1 == answer.count(b"HTTP/1.1 ")


def test_head_tells_the_size_and_sends_nothing(server: FolderServer, folder: Path):
    status, headers, body = ask(server, "/run/run.json", "HEAD")

    size = (folder / "run.json").stat().st_size
    assert (200, str(size), b"") == (status, headers["Content-Length"], body)


def test_several_requests_go_over_one_connection(server: FolderServer):
    once = b"GET /run/run.json HTTP/1.1\r\nHost: localhost\r\n\r\n"

    assert 3 == say(server, once * 3).count(b'{"name": "run"}')


@pytest.mark.parametrize(
    "name",
    ["report.html", "run.json", "answers.csv", "run.log", "page.jpg", "results.xlsx", "x.svg", "x"],
)
def test_every_file_is_what_its_type_says_and_loads_nothing(
    server: FolderServer, folder: Path, name: str
):
    (folder / name).write_text("<script>alert(1)</script>")

    _, headers, _ = ask(server, f"/run/{name}")

    assert "nosniff" == headers["X-Content-Type-Options"]
    assert "same-origin" == headers["Cross-Origin-Resource-Policy"]
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert ("sandbox" in policy) == (name != "report.html")
    assert ("text/html" in headers["Content-Type"]) == (name == "report.html")
    saved = name in {"results.xlsx", "x.svg", "x"}
    assert saved == (headers.get("Content-Disposition") == "attachment")


def test_hostile_names_are_text_in_the_list(server: FolderServer, folder: Path):
    name = '"><img src=x onerror=alert(1)>'
    (folder / name).write_text("inside")
    (folder / os.fsdecode(b"\xff\xfe.txt")).write_text("not UTF-8")

    _, _, body = ask(server, "/run/")

    assert b"<img" not in body
    link = body.split(b'<a href="%22')[1].split(b'"')[0].decode()
    assert b"inside" == ask(server, f"/run/%22{link}")[2]
    assert b"not UTF-8" == ask(server, "/run/%FF%FE.txt")[2]


def test_names_in_any_language_are_found(server: FolderServer, folder: Path):
    (folder / "счёт 1.txt").write_text("да")

    quoted = "/run/%D1%81%D1%87%D1%91%D1%82%201.txt"

    assert "да".encode() == ask(server, quoted)[2]


def test_a_folder_without_its_slash_leads_to_the_folder(server: FolderServer):
    status, headers, _ = ask(server, "/run/derived?x=//evil.example")

    assert (302, "/run/derived/") == (status, headers["Location"])


@pytest.mark.parametrize(("change", "size"), [("grows", 40_000_000), ("shrinks", 10)])
def test_a_file_that_changes_while_it_is_sent_breaks_nothing(
    server: FolderServer, folder: Path, change: str, size: int
):
    """The journal of a run that goes on: what was announced comes, or the connection ends."""
    (folder / "answers.jsonl").write_bytes(b"x" * 30_000_000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as line:
        twice = b"GET /run/answers.jsonl HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2
        line.sendall(twice)
        begun = line.recv(1000)
        with (folder / "answers.jsonl").open("r+b") as file:
            file.truncate(size)
        line.shutdown(socket.SHUT_WR)
        rest = b"".join(iter(lambda: line.recv(1 << 20), b""))

    head, _, body = (begun + rest).partition(b"\r\n\r\n")
    assert b"Content-Length: 30000000" in head
    first, *others = body.split(b"HTTP/1.1 200 OK")
    assert (change == "grows") == (len(first) == 30_000_000)
    assert (1 if change == "grows" else 0) == len(others)


def test_a_reader_who_goes_away_leaves_no_trace(
    server: FolderServer, folder: Path, capfd: pytest.CaptureFixture[str]
):
    (folder / "large.log").write_bytes(b"x" * 30_000_000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as line:
        line.sendall(b"GET /run/large.log HTTP/1.1\r\nHost: localhost\r\n\r\n")
        line.recv(10)

    assert 200 == ask(server, "/run/run.json")[0]
    assert "" == capfd.readouterr().err


@pytest.mark.parametrize(
    "request_line",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\0\x01\0",
        b"G" * 70000,
    ],
)
def test_nonsense_ends_the_connection_and_not_the_server(server: FolderServer, request_line: bytes):
    answer = say(server, request_line)

    assert b"run" not in answer
    assert b"Python" not in answer
    assert 200 == ask(server, "/run/run.json")[0]


def test_only_this_machine_is_listened_to(server: FolderServer):
    assert "127.0.0.1" == server._server.server_address[0]


def test_a_port_that_is_taken_is_a_mistake_with_a_way_out(server: FolderServer, folder: Path):
    with pytest.raises(UsageError, match="--port 0") as caught:
        FolderServer(folder, server.port, FIRST)

    assert f"cannot serve on port {server.port}" in str(caught.value)


def test_a_port_is_free_again_at_once(folder: Path):
    """Also where it was the server who hung up."""
    with FolderServer(folder, 0, FIRST) as first:
        port = first.port
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
            line.sendall(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"".join(iter(lambda: line.recv(65536), b"")).startswith(b"HTTP/1.1 404 ")

    with FolderServer(folder, port, FIRST) as second:
        assert 200 == ask(second, "/run/run.json")[0]
