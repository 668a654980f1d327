"""A signal in every stage: a command ends soon, says how to go on, and leaves nothing behind."""

import json
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from tests.fault import kit
from tests.onlooker import Onlooker
from tests.stopping import PATIENCE_S, SilentServer, Ward, silent_server, wait_until_it_listens
from tests.unit.env.toy_world import VERSION, make_world
from tests.workspace import Workspace, derived_files
from vlmhb.domain.digest import Json
from vlmhb.store import read_journal

pytestmark = pytest.mark.uv


@pytest.fixture
def ward(workspace: Workspace, onlooker: Onlooker) -> Ward:
    return Ward.of(workspace, onlooker)


@pytest.fixture
def server() -> Iterator[SilentServer]:
    with silent_server() as running:
        yield running


@pytest.fixture
def nothing_cached(server: SilentServer, tmp_path: Path) -> dict[str, str]:
    """Variables that have uv ask a server for everything, and wait for ever."""
    return {
        "VLMHB_ENVS": str(tmp_path / "envs"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_DEFAULT_INDEX": server.url,
        "UV_INDEX_URL": "",
        "UV_FIND_LINKS": "",
    }


def half_built(variables: dict[str, str]) -> list[str]:
    return [file.name for file in Path(variables["VLMHB_ENVS"]).glob(".*")]


def test_while_data_is_read(shared_envs: Path, tmp_path: Path, onlooker: Onlooker):
    space = Workspace.create(tmp_path / "user", shared_envs, samples=1000)
    ward = Ward.of(space, onlooker)
    host = ward.start("run", "run", "--out", "a b")
    wait_for_open_file(host, ward.space.path / "data/images")

    assert "vlmhb run run --out 'a b'" == ward.stop(host, signal.SIGTERM).resume
    assert not (ward.space.path / "a b").exists()


def wait_for_open_file(host: "subprocess.Popen[str]", folder: Path) -> None:
    files = Path(f"/proc/{host.pid}/fd")
    while True:
        assert host.poll() is None
        for file in files.iterdir():
            with suppress(OSError):
                if file.readlink().is_relative_to(folder):
                    return


def test_while_data_is_fetched(ward: Ward, server: SilentServer, tmp_path: Path):
    source: Json = {
        "url": f"{server.url}/n.zip",
        "path": "n.zip",
        "sha256": "0" * 64,
        "unpack": True,
    }
    change_task(ward.space, root=None, source=[source])
    host = ward.start("run", "run", VLMHB_DATASETS=str(tmp_path / "datasets"))
    assert server.is_asked.wait(PATIENCE_S)

    assert "vlmhb run run" == ward.stop(host, signal.SIGHUP).resume


def change_task(space: Workspace, **changes: Json) -> None:
    file = space.path / "configs/tasks/numbers.yaml"
    task = yaml.safe_load(file.read_text())
    changed = {**task["dataset"], **changes}
    task["dataset"] = {name: value for name, value in changed.items() if value is not None}
    file.write_text(yaml.safe_dump(task))


@pytest.mark.parametrize("words", ["run run --out out", "env build toy", "env lock toy"])
def test_while_uv_waits_for_an_index(
    ward: Ward, server: SilentServer, nothing_cached: dict[str, str], words: str
):
    host = ward.start(*words.split(), **nothing_cached)
    assert server.is_asked.wait(PATIENCE_S)

    stopped = ward.stop(host, signal.SIGINT)

    assert words in stopped.resume
    assert [] == half_built(nothing_cached)


def test_a_killed_builder_leaves_no_uv_behind_and_nobody_waits_for_it(
    ward: Ward, server: SilentServer, nothing_cached: dict[str, str]
):
    host = ward.start("env", "build", "toy", **nothing_cached)
    assert server.is_asked.wait(PATIENCE_S)
    assert 1 == sum("uv pip" in words or "/uv" in words for words in ward.running()[1:])

    host.kill()
    host.communicate()

    ward.wait_until_gone()
    usual = {name: value for name, value in nothing_cached.items() if name == "VLMHB_ENVS"}
    again = ward.start("env", "build", "toy", **usual)
    _, err = again.communicate(timeout=PATIENCE_S)
    assert 0 == again.returncode, err
    assert "waiting" not in err
    assert [] == half_built(nothing_cached)
    assert [] == [file.name for file in ward.scratch.iterdir()]


def test_while_another_builds_the_env(
    ward: Ward, server: SilentServer, nothing_cached: dict[str, str], tmp_path: Path
):
    builder = ward.space.start("env", "build", "toy", **nothing_cached)
    assert server.is_asked.wait(PATIENCE_S)
    host = ward.start("env", "build", "toy", "--json", **nothing_cached)
    assert host.stderr is not None
    assert "another process is building" in host.stderr.readline()

    stopped = ward.stop(host, signal.SIGTERM)

    assert builder.poll() is None
    told = json.loads(stopped.out)
    assert ("error", 143) == (told["kind"], told["exit_code"])
    error = told["error"]
    assert ("SIGTERM", "vlmhb env build toy --json") == (error["signal"], error["next_step"])
    builder.terminate()
    builder.communicate(timeout=PATIENCE_S)


def test_while_one_model_hangs_and_the_env_of_another_is_built(
    server: SilentServer, nothing_cached: dict[str, str], tmp_path: Path, onlooker: Onlooker
):
    """The build is stopped at once, which says nothing about the model it was for."""
    space = Workspace.create(tmp_path / "user", Path(nothing_cached["VLMHB_ENVS"]))
    ward = Ward.of(space, onlooker)
    assert 0 == ward.space.vlmhb("env", "build", "toy").code
    ward.space.write_model("model", {"faults": {"page2.png": "hang_deaf"}})
    ward.space.write_yaml(
        "configs/models/other.yaml",
        {
            "backend": "openai_api",
            "env": "openai-client",
            "answers": "reply",
            "params": {"base_url": server.url},
        },
    )
    words = ("run", "run", "--models", "model,other", "--out", "out")
    host = ward.start(*words, **nothing_cached)
    journal = ward.space.path / "out/answers.jsonl"
    assert server.is_asked.wait(PATIENCE_S)
    while not (journal.exists() and 3 <= journal.read_bytes().count(b"\n")):
        assert host.poll() is None

    ward.stop(host, signal.SIGTERM)

    assert {} == json.loads((ward.space.path / "out/run.json").read_text())["unavailable"]
    assert [] == half_built(nothing_cached)


def test_while_a_model_loads(ward: Ward):
    """It hears no signal, and what it has to say comes through its pipe."""
    ward.space.write_model("model", {"load_fault": "hang_deaf"})
    host = ward.start("run", "run", "--out", "out", "--ui", "plain")
    assert host.stderr is not None
    while "loading" not in (line := host.stderr.readline()) and "starting" not in line:
        assert line

    assert "vlmhb run run --out out" == ward.stop(host, signal.SIGTERM).resume


def test_while_the_imports_of_an_env_are_tried(
    tmp_path: Path, nothing_cached: dict[str, str], onlooker: Onlooker
):
    """They hang, and hear no signal."""
    ward = Ward.of(Workspace.create(tmp_path / "user", tmp_path / "envs"), onlooker)
    world = make_world(tmp_path / "world")
    began = tmp_path / "began"
    folder = ward.space.path / "envspecs/mine"
    (folder / "overlay").mkdir(parents=True)
    (folder / "overlay/hangs.py").write_text(HANGS.format(began=str(began)))
    (folder / "envspec.yaml").write_text(SPEC)
    wheels = {**nothing_cached, "UV_FIND_LINKS": str(world.folder / "wheels")}
    offline = {**wheels, "UV_DEFAULT_INDEX": world.uv.environment["UV_DEFAULT_INDEX"]}
    locked = ward.space.vlmhb("env", "lock", "mine", **offline)
    assert 0 == locked.code, locked.err
    host = ward.start("env", "build", "mine", **offline)
    while not began.exists():
        assert host.poll() is None

    ward.stop(host, signal.SIGTERM)

    assert [] == half_built(offline)


SPEC = f"""
python: ">=3.8"
requirements: [toy-model=={VERSION}]
overlay: overlay
imports: [toy_model, hangs]
"""
HANGS = """
import pathlib, signal, threading
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
pathlib.Path({began!r}).touch()
threading.Event().wait()
"""


def test_while_a_judge_is_asked(ward: Ward, server: SilentServer):
    ran = ward.space.vlmhb("run", "run", "--out", "out", "--ui", "none")
    ward.space.write_yaml(
        "configs/models/judge.yaml",
        {
            "backend": "openai_api",
            "env": "openai-client",
            "answers": "reply",
            "params": {"base_url": f"{server.url}/v1"},
        },
    )
    words = ("score", "out", "--metrics", "judge", "--judge", "judge", "--ui", "none")
    before = derived_files(ward.space.path / "out")
    host = ward.start(*words)
    assert server.is_asked.wait(PATIENCE_S)

    stopped = ward.stop(host, signal.SIGTERM)

    assert 0 == ran.code, ran.err
    assert shlex.join(("vlmhb", *words)) == stopped.resume
    assert before == derived_files(ward.space.path / "out")


@pytest.mark.parametrize("words", ["score out --metrics cer", "report out", "run run --out out"])
def test_at_random_times_while_documents_are_written(ward: Ward, words: str):
    """Each of them is the old one or the new one, or gone for others; a report makes them all."""
    ran = ward.space.vlmhb("run", "run", "--out", "out", "--ui", "none")
    assert 0 == ran.code, ran.err
    states = [documents(ward), documents_after(ward, words), documents_after(ward, "report out")]
    chance = kit.chance()
    for _ in range(2):
        host = ward.start(*words.split())
        wait_until_it_listens(host)
        with suppress(subprocess.TimeoutExpired):
            host.wait(chance.uniform(0.0, 2.0))
        host.terminate()
        host.communicate(timeout=PATIENCE_S)

        # By its default action it ends a Python that is done.
        assert host.returncode in {0, 143, -signal.SIGTERM}
        for name, content in documents(ward).items():
            assert any(content == state.get(name) for state in states), name
        assert [] == [file.name for file in ward.scratch.iterdir()]
    assert states[-1] == documents_after(ward, "report out")


def documents(ward: Ward) -> dict[str, bytes]:
    return derived_files(ward.space.path / "out")


def documents_after(ward: Ward, words: str) -> dict[str, bytes]:
    end = ward.space.vlmhb(*words.split())
    assert 0 == end.code, end.err
    return documents(ward)


def test_a_host_that_is_stopped_for_a_while_does_not_blame_its_worker(ward: Ward):
    """As with Ctrl-Z: for longer than an answer may take, and it comes soon afterwards."""
    gate = ward.space.path / "gate"
    os.mkfifo(gate)
    params = {"gates": {"page3.png": str(gate)}}
    ward.space.write_model("model", params, answer_timeout_s=ANSWER_TIMEOUT_S)
    host = ward.start("run", "run", "--out", "out", "--ui", "none")
    with gate.open("wb"):  # the worker is there
        host.send_signal(signal.SIGSTOP)
        threading.Event().wait(ANSWER_TIMEOUT_S + 0.5)
        host.send_signal(signal.SIGCONT)

    _, err = host.communicate(timeout=PATIENCE_S)

    assert 0 == host.returncode, err
    outcomes = read_journal(ward.space.path / "out/answers.jsonl").outcomes
    assert [1] * 6 == [outcome.attempt for outcome in outcomes.values()]


ANSWER_TIMEOUT_S = 4.0
