"""Starting and stopping a server, with a stand-in for the engine that listens on its port.

The real engine is in tests/integration/test_openai_server.py.
"""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from vlmhb_worker.backends.openai_api.server import Server, ServerEndedError
from vlmhb_worker.backends.openai_api.settings import ServerSettings

PATIENCE_S = 30.0

LISTENS = """
import http.server, json, os, subprocess, sys, signal

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        child = subprocess.Popen(["sleep", "1000"])
        seen = {"argv": sys.argv, "pids": [os.getpid(), child.pid], "tmp": os.environ["TMPDIR"]}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(seen).encode())

port = int(sys.argv[sys.argv.index("--port") + 1])
server = http.server.HTTPServer(("127.0.0.1", port), Handler)
print("key", os.environ.get("VLLM_API_KEY"))
print("50%\\r100%")
print("listening", flush=True)
"""
SERVES = LISTENS + "server.serve_forever()\n"
DEAF = LISTENS + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nserver.serve_forever()\n"
FAILS = "import sys\nprint(('x' * 400 + '\\n') * 20 + 'loading')\nsys.exit('no such model')\n"

Start = Callable[..., Server]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(code)`: a server whose engine is this code; stopped at the end."""
    servers: list[Server] = []

    def started(code: str, engine: str = "vllm", *arguments: str) -> Server:
        module = {"vllm": "vllm/entrypoints/openai/api_server", "sglang": "sglang/launch_server"}
        file = tmp_path / f"{module[engine]}.py"
        file.parent.mkdir(parents=True)
        file.write_text(code)
        servers.append(Server(ServerSettings(engine, arguments), "/weights", "tiny", str(tmp_path)))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


def until(server: Server, line: str) -> list[str]:
    """The stages up to this one."""
    stages: list[str] = []
    while line not in stages:
        server.wait(stages.append)
        assert len(stages) < PATIENCE_S
    return stages


def seen_by(server: Server) -> dict[str, Any]:
    with urllib.request.urlopen(server.base_url, timeout=PATIENCE_S) as reply:  # noqa: S310 - our own
        return dict(json.loads(reply.read()))


def test_its_last_line_is_the_stage(start, capfd):
    server = start(SERVES)

    until(server, "listening")

    assert "" == server.how_it_ended()
    assert "100%" in capfd.readouterr().err.splitlines()


def test_its_key_is_neither_in_the_log_nor_in_its_arguments(start, capfd):
    server = start(SERVES)
    until(server, "listening")

    arguments = " ".join(seen_by(server)["argv"])

    assert "key ***" in capfd.readouterr().err.splitlines()
    assert server.api_key not in arguments
    assert "--model /weights --host 127.0.0.1 --port " in arguments


def test_sglang_reads_its_key_from_a_file_of_our_own(start, tmp_path):
    server = start(SERVES, "sglang", "--context-length", "512")
    until(server, "listening")

    arguments = seen_by(server)["argv"]

    file = Path(arguments[arguments.index("--config") + 1])
    assert f"api-key: {server.api_key}\n" == file.read_text()
    assert 0o600 == file.stat().st_mode & 0o777
    assert "--context-length" in arguments


def test_its_temporary_folder_has_a_path_that_sockets_fit_into(start, monkeypatch, tmp_path):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    server = start(SERVES)
    until(server, "listening")

    short = seen_by(server)["tmp"]

    assert len(short) < 40
    assert deep.samefile(short)


@pytest.mark.parametrize("code", [SERVES, DEAF])
def test_stopping_leaves_nothing_of_it(start, monkeypatch, code):
    monkeypatch.setattr("vlmhb_worker.backends.openai_api.server.STOP_TIMEOUT_S", 1.0)
    server = start(code)
    until(server, "listening")
    pids = seen_by(server)["pids"]

    server.stop()

    assert not [pid for pid in pids if psutil.pid_exists(pid) and alive(pid)]


def alive(pid: int) -> bool:
    return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def test_an_end_while_it_starts_is_told_with_its_last_lines(start):
    server = start(FAILS)

    with pytest.raises(ServerEndedError) as caught:
        until(server, "never")

    text = str(caught.value)
    assert "the vllm server ended (exit code 1); its last lines:" in text
    assert text.endswith("loading\nno such model")
    assert len(text) < 4_000
