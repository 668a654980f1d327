"""docs/guide/endpoints.md, followed literally, with a server of the test's own at its address."""

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml
from PIL import Image
from vlmhb_worker.backends.openai_api.settings import DEFAULTS

from tests.chat_server import (
    PATIENCE_S,
    ChatServer,
    announced,
    answer,
    chat_server,
    endless,
    status,
)
from tests.guides import GUIDE, commands
from tests.workspace import Workspace

pytestmark = pytest.mark.uv

PAGE = "endpoints.md"
KEY = "sk-canary-51c0de"
ADDRESS = "http://127.0.0.1:8000/v1"


def typed(block: str, server: ChatServer, user: Workspace) -> "subprocess.CompletedProcess[str]":
    """What comes of a block of the guide, its address being the server's."""
    assert ADDRESS in block
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.replace(ADDRESS, server.base_url)],
        cwd=user.path,
        env=user.environment(PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_block_asks_a_server_that_is_there(workspace: Workspace):
    Image.new("RGB", (60, 40), "navy").save(workspace.path / "page.png")
    with chat_server(models=["qwen2-vl"], api_key="sk-...") as server:
        server.usual = answer("449 764,88")
        (block,) = commands(PAGE)
        end = typed(block, server, workspace)

    assert (0, "449 764,88\n") == (end.returncode, end.stdout), end.stderr
    assert f"endpoint: {server.base_url}" in end.stderr
    assert "sk-..." not in end.stderr


def model_file(server: ChatServer, **params: object) -> dict[str, object]:
    return {
        "backend": "openai_api",
        "env": "openai-client",
        "answers": "reply",
        "secrets": ["OUR_KEY"],
        "params": {"base_url": server.base_url, "api_key_secret": "OUR_KEY", **params},
    }


def test_an_endpoint_is_a_model_of_a_run_like_any_other(workspace: Workspace):
    """One try fails on the way, and the key is in none of the run's files."""
    with chat_server(api_key=KEY) as server:
        server.scripts["Which number?"] = [status(503)]
        workspace.write_yaml("configs/models/model.yaml", model_file(server))
        end = workspace.vlmhb("run", "run", "--out", "out", OUR_KEY=KEY)

    assert 0 == end.code, end.err
    assert 7 == len(server.asked["Which number?"])
    files = [file for file in workspace.path.rglob("*") if file.is_file()]
    assert not [file for file in files if KEY.encode() in file.read_bytes()]
    assert KEY not in end.out + end.err


def test_a_run_goes_on_when_its_endpoint_comes_back(workspace: Workspace):
    """Nothing is lost and nothing fails while nobody answers."""
    with ExitStack() as until_it_goes:
        server = until_it_goes.enter_context(chat_server(api_key=KEY))
        third = threading.Event()
        answers = [answer("0"), answer("1"), announced(third, endless)]
        server.scripts["Which number?"] = answers
        file = model_file(server, concurrency=1, attempts=2)
        workspace.write_yaml("configs/models/model.yaml", file)
        running = workspace.start("run", "run", "--out", "out", OUR_KEY=KEY)
        assert third.wait(PATIENCE_S)
    log = workspace.path / "out/logs"
    while not any(b"nobody answers" in file.read_bytes() for file in log.glob("*.log")):
        assert running.poll() is None
        time.sleep(0.05)
    with chat_server(port=server.port, api_key=KEY) as server_again:
        out, err = running.communicate(timeout=PATIENCE_S)

    assert 0 == running.returncode, out + err
    assert 4 == len(server_again.asked["Which number?"])


def test_the_guide_lists_every_param_with_its_default():
    text = (GUIDE / PAGE).read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE))

    assert set(DEFAULTS) == set(rows)
    for name in ("concurrency", "attempts", "timeout_s", "give_up_after_s"):
        assert f"{DEFAULTS[name]:g}" == rows[name]


def test_the_guides_model_file_with_a_server_is_one(workspace: Workspace):
    text = (GUIDE / PAGE).read_text(encoding="utf-8")
    (file,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    workspace.write_yaml("configs/models/model.yaml", yaml.safe_load(file))

    end = workspace.vlmhb("validate", "run")

    assert 0 == end.code, end.err
