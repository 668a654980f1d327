"""A secret reaches the worker of the model that names it, and nothing else."""

import base64
import contextlib
import hashlib
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
import yaml

from tests.hub_server import running_hub
from tests.workspace import Workspace

pytestmark = pytest.mark.uv

CANARY = "canary-3f9c1e7a5b2d"


def files_with(folder: Path, text: str) -> list[Path]:
    return [
        file for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()
    ]


def spoken_to(process: psutil.Process) -> tuple[str, str]:
    """Arguments and environment of a process."""
    return " ".join(process.cmdline()), " ".join(process.environ().values())


def test_a_secret_reaches_its_worker_and_no_file_argument_or_environment(
    workspace: Workspace,
) -> None:
    workspace.write_model("model", {"delay_s": 0.3}, secrets=["VLMHB_TEST_KEY"])

    running = workspace.start("run", "run", "--out", "out", VLMHB_TEST_KEY=CANARY)
    answers = workspace.path / "out/answers.jsonl"
    while running.poll() is None and not (
        answers.exists() and answers.read_bytes().count(b"\n") > 2
    ):
        time.sleep(0.01)
    below = psutil.Process(running.pid).children(recursive=True)
    heard = [spoken_to(process) for process in below]
    out, err = running.communicate(timeout=60)

    assert 0 == running.returncode, err
    assert len(heard) >= 2
    assert not [text for pair in heard for text in pair if CANARY in text]
    assert CANARY not in out + err
    assert [] == files_with(workspace.path, CANARY)
    (start,) = json.loads((workspace.path / "out/run.json").read_bytes())["segments"][0]["workers"]
    digest = hashlib.sha256(CANARY.encode()).hexdigest()
    assert digest == start["facts"]["sha256 of VLMHB_TEST_KEY"]


class Gossip(BaseHTTPRequestHandler):
    """Refuses everybody, and tells what they said of themselves."""

    def do_GET(self) -> None:
        said = self.headers.get("Authorization", "")
        login = base64.b64decode(said.removeprefix("Basic ")) if said.startswith("Basic") else b""
        body = f"refused: {said} {login.decode()} {self.path}".encode()
        self.send_response(403, f"refused {login.decode()}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - http.server calls it so

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


@contextmanager
def gossip() -> Iterator[str]:
    """`user:canary@127.0.0.1:1234`, of a server that tells on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gossip)
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://user:{CANARY}@127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def heard_until_the_end(
    running: "subprocess.Popen[str]",
) -> tuple[set[tuple[str, str, str]], str]:
    """Name, arguments and environment of all that it ever started, and what it printed."""
    heard = set()
    told: list[str] = []
    reader = threading.Thread(target=lambda: told.extend(running.communicate(timeout=60)))
    reader.start()
    while reader.is_alive():
        with contextlib.suppress(psutil.Error):
            host = psutil.Process(running.pid)
            for process in host.children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    # What is just being started is the host itself until it is another program.
                    if process.cmdline() != host.cmdline():
                        heard.add((process.name(), *spoken_to(process)))
        reader.join(0.01)
    return heard, "".join(told)


def test_no_secret_of_the_user_is_in_anything_that_a_command_leaves_starts_or_prints(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.vlmhb("env", "build", "toy")
    faults = {"page1.png": "print_secret", "page2.png": "raise_secret"}
    workspace.write_model("model", {"delay_s": 0.1, "faults": faults}, secrets=["VLMHB_TEST_KEY"])
    workspace.write_model("far", {}, weights={"repo": "Org/Name", "revision": "main"})
    (workspace.path / "envspecs/other").mkdir(parents=True)
    (workspace.path / "envspecs/other/envspec.yaml").write_text(
        'python: ">=3.10"\nrequirements: [no-such-thing]\nimports: [no_such_thing]\n'
    )
    secret = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "OPENAI_API_KEY", "VLMHB_TEST_KEY")
    with gossip() as address:
        environment = {
            **dict.fromkeys(secret, CANARY),
            "HOME": str(tmp_path / "home"),
            "HF_ENDPOINT": address,
            "UV_DEFAULT_INDEX": f"{address}/simple",
        }
        ran = workspace.start(
            "run", "run", "--out", "out", "--models", "model,far", "--json", **environment
        )
        heard, printed = heard_until_the_end(ran)
        locked = workspace.vlmhb("env", "lock", "other", **environment)
        fetched = workspace.vlmhb("models", "fetch", "far", "--json", **environment)
        typed = f"params={{base_url: {address}}}"
        set_wrong = workspace.vlmhb("run", "run", "--set", typed, "--json", **environment)

    assert 3 == ran.returncode, printed
    assert [4, 4, 2] == [locked.code, fetched.code, set_wrong.code]
    assert "far" in json.loads((workspace.path / "out/run.json").read_bytes())["unavailable"]
    assert len(heard) >= 2
    # uv has to know where its index is.
    assert [] == [one for one in heard if one[0] != "uv" and CANARY in "".join(one[1:])]
    for end in (locked, fetched, set_wrong):
        assert CANARY not in end.out + end.err
    assert CANARY not in printed
    assert [] == files_with(tmp_path, CANARY)
    assert [] == files_with(workspace.envs, CANARY)


def test_a_secret_that_a_model_prints_or_raises_is_hidden(workspace: Workspace) -> None:
    faults = {"page1.png": "print_secret", "page2.png": "raise_secret"}
    workspace.write_model("model", {"faults": faults}, secrets=["VLMHB_TEST_KEY"])
    workspace.write_model("dies", {"load_fault": "raise_secret"}, secrets=["VLMHB_TEST_KEY"])

    end = workspace.vlmhb(
        "run", "run", "--out", "out", "--models", "model,dies", VLMHB_TEST_KEY=CANARY
    )

    assert 3 == end.code, end.err
    assert "cannot log in with {'VLMHB_TEST_KEY': '[secret]'}" in end.err
    assert "{'VLMHB_TEST_KEY': '[secret]'}" in (workspace.path / "out/logs/model.log").read_text()
    assert CANARY not in end.out + end.err
    assert [] == files_with(workspace.path, CANARY)


def test_a_secret_goes_to_the_model_that_names_it_alone(workspace: Workspace) -> None:
    workspace.write_model("model", {}, secrets=["VLMHB_TEST_KEY"])
    workspace.write_model("other", {})

    end = workspace.vlmhb(
        "run", "run", "--out", "out", "--models", "model,other", VLMHB_TEST_KEY=CANARY
    )

    assert 0 == end.code, end.err
    manifest = json.loads((workspace.path / "out/run.json").read_bytes())
    facts = {start["model"]: start["facts"] for start in manifest["segments"][0]["workers"]}
    assert {"model", "seed"} == facts["other"].keys()


def test_the_login_and_the_signature_of_a_source_are_in_no_file_of_the_run(
    workspace: Workspace, tmp_path: Path
) -> None:
    workspace.write_model("model", {})
    table = workspace.path / "data/annotation.csv"
    content = table.read_bytes()
    file = workspace.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text())
    task["dataset"]["source"] = [
        {"path": table.name, "sha256": hashlib.sha256(content).hexdigest()}
    ]
    with running_hub() as hub:
        hub.put("datasets/Org/Numbers", {table.name: content})
        address = f"{hub.url}/datasets/Org/Numbers/resolve/main/{table.name}"
        address = address.replace("://", f"://user:{CANARY}@") + f"?signature={CANARY}"
        task["dataset"]["source"][0]["url"] = address
        file.write_text(yaml.safe_dump(task))
        places = {"VLMHB_DATASETS": str(tmp_path / "datasets"), "HOME": str(tmp_path)}

        end = workspace.vlmhb("run", "run", "--out", "out", **places)
        table.write_bytes(content + b"\n")
        refused = workspace.vlmhb("run", "run", "--offline", **places)

    assert 0 == end.code, end.err
    assert "/Numbers/resolve/main/" in (workspace.path / "out/inputs.json").read_text()
    assert [] == files_with(workspace.path / "out", CANARY)
    assert 4 == refused.code
    assert "/Numbers/resolve/main/" in refused.err
    assert CANARY not in end.out + end.err + refused.out + refused.err
