"""G9 and W25: what model code gets at, and what it does not, at each level of the sandbox."""

import contextlib
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.fault import walled
from tests.fault.kit import Goals
from tests.fault.walled import Ground
from tests.workspace import Workspace
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sandbox import SandboxChoice
from vlmhb.domain.task import AnswerKind
from vlmhb.domain.weights import WeightsFolder
from vlmhb.env.manifest import Manifest
from vlmhb.env.tree import scan
from vlmhb.errors import SandboxError
from vlmhb.system.drivers import driver_folders
from vlmhb.system.isolation import Isolation
from vlmhb.worker import Died, Hello, Launch, Loaded, LoadOrder, Sandboxes, Worker, WorkerEvent
from vlmhb.worker.self_test import promised, self_test
from vlmhb.worker.walls import CAP_DAC_READ_SEARCH, Network, Walls

E = TypeVar("E", bound=WorkerEvent)
PATIENCE_S = 60.0
CANARY = "hf_canary1b3f5d7a9c0e2f4a6b8d"
CLOSED = ("PermissionError", "FileNotFoundError", "OSError")


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with Ground.laid() as found:
        yield found


class Attacked:
    """A worker that attacks, and what it says of it."""

    def __init__(self, launch: Launch) -> None:
        self._events: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()
        self.worker = Worker(launch, self._events.put)

    def attack(self, targets: list[tuple[str, str, str]], secrets: dict[str, str]) -> Loaded:
        self.worker.start()
        self.pid = self.until(Hello).pid
        model = ModelSpec(
            "attacked", "attacker:Attacker", "toy", AnswerKind.REPLY, {"targets": targets}
        )
        self.worker.load(LoadOrder(model, seed=0, secrets=secrets))
        return self.until(Loaded)

    def until(self, kind: type[E]) -> E:
        while True:
            event = self._events.get(timeout=PATIENCE_S)
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Died), event

    def end(self) -> Died:
        self.worker.shutdown(5)
        died = self.until(Died)
        assert self.worker.join(PATIENCE_S)
        return died


def test_what_is_promised_is_denied_in_every_way_of_holding_a_worker(ground: Ground, goals: Goals):
    tried = 0
    for name, walls in walled.all_walls().items():
        tested = self_test(ground.launch(), walls, walled.around(Path.home()))

        assert "" == tested.problem, name
        held = promised(walls)
        assert {"denied"} == {tested.probes[probe] for probe in held}, name
        assert len(held) >= 19, name
        tried += len(held)
    goals.add("G9", tried=tried, note="attempts to get out of a sandbox, all denied as promised")


def test_without_walls_the_same_attempts_succeed(ground: Ground):
    tested = self_test(ground.launch(), Walls(0), walled.around(Path("/usr")))

    allowed = {name for name, result in tested.probes.items() if result == "allowed"}
    assert {
        "read the host's environment",
        "read another's scratch",
        "write the run folder",
        "delete a file",
        "truncate a file",
        "signal the host",
        "open a TCP port",
        "reach a TCP port",
    } <= allowed


def test_a_declared_network_is_open_and_a_loopback_reaches_nobody_else(ground: Ground):
    walls = Walls(2, walled.own_user(), None, walled.landlock())

    opened = self_test(
        ground.launch(), replace(walls, network=Network.OPEN), walled.around(Path.home())
    )
    own = self_test(
        ground.launch(), replace(walls, network=Network.LOOPBACK), walled.around(Path.home())
    )

    assert ("", "allowed") == (opened.problem, opened.probes["reach a TCP port"])
    if "unshare" in own.problem:
        pytest.skip("a network of its own needs CAP_SYS_ADMIN")
    assert ("", "denied") == (own.problem, own.probes["reach a TCP port"])
    assert "allowed" == own.probes["open a TCP port"]


NOBODY = f"""
import json, sys
from pathlib import Path
from vlmhb_worker import walls
walls._become_user(65534, {CAP_DAC_READ_SEARCH})  # enough to start the Python of this test again
from vlmhb.worker import Launch
from vlmhb.worker.self_test import Surroundings, self_test
from vlmhb.worker.walls import Network, Walls
folder, version = Path(sys.argv[1]), int(sys.argv[2])
launch = Launch({walled.SYSTEM_PYTHON!r}, {{}}, folder, folder / "log", "toy")
tested = self_test(launch, Walls(2, None, None, version, Network.NONE), Surroundings())
print(json.dumps([tested.problem, dict(tested.probes)]))
"""


def test_without_root_landlock_and_seccomp_hold_a_worker_alone(ground: Ground):
    walled.own_user()
    version = walled.landlock()
    folder = ground.folder / "nobody"
    folder.mkdir()
    folder.chmod(0o777)
    completed = subprocess.run(
        [sys.executable, "-c", NOBODY, str(folder), str(version)],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=PATIENCE_S,
    )

    assert 0 == completed.returncode, completed.stderr
    problem, probes = json.loads(completed.stdout)
    assert "" == problem
    assert {"denied"} == {
        probes[name] for name in promised(Walls(2, None, None, version, Network.NONE))
    }


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_model_that_attacks_changes_nothing_from_level_1_on(ground: Ground, level: int):
    walls = (None, lambda: Walls(1, walled.own_user()), _level_2)[level]
    place = _place(ground, f"attacked-{level}")
    victims = {
        "results": place / "run/answers.jsonl",
        "weights": place / "weights/model.safetensors",
        "env": place / "env/lib/module.py",
        "cache": place / "cache/blob",
        "dataset": place / "data/page.png",
    }
    before = {path: path.read_bytes() for path in victims.values()}
    env = scan(place / "env")
    manifest = Manifest.of(env, {name: _sha256(place / "env" / name) for name in env.files})
    launch = ground.launch(
        walls() if walls else None,
        weights=(WeightsFolder("", "", "", place / "weights", ("model.safetensors",)),),
    )
    attacked = Attacked(launch)

    facts = attacked.attack(
        [
            (what, how, str(path))
            for what, path in victims.items()
            for how in ("overwrite", "append", "truncate", "replace")
        ],
        {},
    ).facts
    died = attacked.end()

    after = {path: path.read_bytes() for path in before}
    if level:
        assert set(facts.values()) <= {*CLOSED}, facts
        assert before == after
        assert () == died.death.changed_weights
    else:
        assert {"done"} == set(facts.values())
        assert 1 == len(died.death.changed_weights)
        assert manifest.differences(place / "env")
        assert before != after


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _level_2() -> Walls:
    return Walls(2, walled.own_user(), None, walled.landlock(), Network.NONE)


def _place(ground: Ground, name: str) -> Path:
    place = ground.folder / name
    for victim in (
        "run/answers.jsonl",
        "weights/model.safetensors",
        "env/lib/module.py",
        "cache/blob",
        "data/page.png",
    ):
        (place / victim).parent.mkdir(parents=True)
        (place / victim).write_bytes(b"as it was\n")
    return place


def _open_files(pid: int) -> set[str]:
    """The places of what a process has open, but for what it closes meanwhile."""
    found = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(str(path.readlink()))
    return found


@pytest.mark.parametrize("level", [0, 1, 2])
def test_no_secret_of_the_host_is_with_a_worker(
    ground: Ground, level: int, monkeypatch: pytest.MonkeyPatch
):
    walls = (lambda: None, lambda: Walls(1, walled.own_user()), _level_2)[level]()
    for name in ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "OTHER"):
        monkeypatch.setenv(name, CANARY)
    canary = ground.folder / f"token-{level}"
    canary.write_text(CANARY)
    canary.chmod(0o600)
    attacked = Attacked(ground.launch(walls))

    with canary.open("rb") as held:
        os.set_inheritable(held.fileno(), True)
        facts = attacked.attack([("token", "read", str(canary))], {}).facts
        seen = b"".join(_seen_of(pid) for pid in (attacked.pid, attacked.worker.pid))
        files = _open_files(attacked.pid)
        status = Path(f"/proc/{attacked.pid}/status").read_text()
    attacked.end()

    assert "NoNewPrivs:\t1\n" in status
    assert CANARY.encode() not in seen
    assert str(canary) not in files
    assert facts == {"read token": "PermissionError" if level else "done"}
    assert CANARY not in (ground.folder / "worker.log").read_text(errors="replace")


def test_a_worker_of_its_own_user_has_no_group_and_no_right_of_the_host(ground: Ground):
    walls = _level_2()
    before = os.getgroups()
    os.setgroups([20, 27])
    try:
        attacked = Attacked(ground.launch(walls))
        attacked.attack([], {})
    finally:
        os.setgroups(before)
    lines = Path(f"/proc/{attacked.pid}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    attacked.end()

    assert 4 * [str(walls.uid)] == status["Uid"].split() == status["Gid"].split()
    assert "" == status["Groups"].strip()
    assert {0} == {int(status[name], 16) for name in status if name.startswith("Cap")}
    assert ("1", "2") == (status["NoNewPrivs"].strip(), status["Seccomp"].strip())


def test_a_program_behind_walls_gets_no_file_but_those_it_is_meant_to_get():
    code = (
        "import os\n"
        "from vlmhb_worker import walls\n"
        "kept = os.dup(0), os.dup2(0, 40)\n"
        "for fd in (7, 30, 41, 200): os.dup2(0, fd)\n"
        "walls._close_others(kept)\n"
        "left = [fd for fd in range(300) if os.path.exists(f'/proc/self/fd/{fd}')]\n"
        "print(left == [0, 1, 2, *kept])"
    )
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", code]

    assert b"True\n" == subprocess.check_output(words, env=environment, timeout=PATIENCE_S)


def _seen_of(pid: int) -> bytes:
    return b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline"))


def test_a_run_answers_the_same_behind_walls_and_leaves_no_trace_of_a_token(workspace: Workspace):
    walled.landlock()
    for name, sandbox in (("loose", "0"), ("held", "auto")):
        words = ("run", "run", "--out", name, "--sandbox", sandbox, "--ui", "plain")
        finished = workspace.vlmhb(*words, HF_TOKEN=CANARY)
        files = [file for file in (workspace.path / name).rglob("*") if file.is_file()]

        assert 0 == finished.code, finished.err
        assert CANARY not in finished.out + finished.err
        assert len(files) > 5
        assert [] == [file for file in files if CANARY.encode() in file.read_bytes()]
    loose, held = (_run(workspace, name) for name in ("loose", "held"))
    assert loose["texts"] == held["texts"]
    assert 0 == loose["sandbox"]["level"]
    assert (2, "none") == (held["sandbox"]["level"], held["sandbox"]["network"])
    assert len(held["sandbox"]["probes"]) >= 20
    told = held["results"]["provenance"]["models"]["model"]
    assert [2] == told["sandbox_level"]
    assert [] == told["sandboxes"][0]["allowed"]


def test_a_model_that_the_walls_keep_from_loading_is_told_the_way_without_them(
    workspace: Workspace,
):
    walled.landlock()
    file = workspace.path / "written"
    file.touch()
    workspace.write_model("model", {"hold": str(file)})

    held = workspace.vlmhb("run", "run", "--sandbox", "auto", "--ui", "plain")
    loose = workspace.vlmhb("run", "run", "--out", "loose", "--sandbox", "0", "--ui", "plain")

    assert "PermissionError" in held.out
    assert "with `--sandbox 0` it is not in the way" in " ".join(held.out.split())
    assert 0 == loose.code


def test_requests_that_the_walls_made_fail_tell_it_once(workspace: Workspace):
    walled.landlock()
    mark = workspace.path / "mark"
    faults = dict.fromkeys(("page0.png", "page1.png"), "raise")
    workspace.write_model("model", {"faults": faults, "once": str(mark)})

    held = workspace.vlmhb("run", "run", "--sandbox", "auto", "--ui", "plain")

    said = " ".join((held.out + held.err).split())
    assert not mark.exists()
    assert 1 == said.count("with `--sandbox 0` it is not in the way")


def _run(workspace: Workspace, name: str):
    folder = workspace.path / name
    (start,) = json.loads((folder / "run.json").read_text())["segments"][-1]["workers"]
    lines = (folder / "answers.jsonl").read_text().splitlines()[1:]
    answers = [json.loads(line.split(" ", 1)[1]) for line in lines]
    return {
        "sandbox": start["sandbox"],
        "texts": {one["request_id"]: one["text"] for one in answers},
        "results": json.loads((folder / "derived/results.json").read_text()),
    }


def test_a_level_that_is_required_and_not_to_be_had_ends_with_4(workspace: Workspace):
    finished = workspace.vlmhb("run", "run", "--sandbox", "0", "--require-sandbox", "1")

    assert 4 == finished.code
    assert "level 1 of the sandbox is required, and level 0 is to be had" in finished.err


def test_what_keeps_a_level_from_being_had_is_named(ground: Ground):
    nothing = Isolation(False, 0, "not in this kernel", False)
    strict = Sandboxes(SandboxChoice(required=2), walled.around(Path.home()), isolation=nothing)

    with pytest.raises(SandboxError, match="level 2 is required") as caught:
        strict.around(ground.launch())

    assert "Landlock is not in this kernel" in str(caught.value)
    assert "needs root that may change its user" in str(caught.value)


STUB = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int cuInit(unsigned flags) {
    const char *needed = getenv("STUB_NEEDS");
    char name[64];
    snprintf(name, sizeof name, "/proc/self/task/%d/comm", getpid());
    if (open(name, O_RDWR) < 0) return 304;  /* drivers since 570 name their threads */
    return needed && open(needed, O_RDONLY) < 0 ? 999 : 0;
}
"""


@pytest.fixture(scope="module")
def driver(ground: Ground) -> Path:
    """A folder with a library that stands for NVIDIA's, and a file that it opens."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    folder = ground.folder / "driver"
    folder.mkdir()
    (folder / "stub.c").write_text(STUB)
    words = ["cc", "-shared", "-fPIC", "-o", str(folder / "libcuda.so.1"), str(folder / "stub.c")]
    subprocess.run(words, check=True, timeout=PATIENCE_S)
    (folder / "firmware").write_bytes(b"1")
    (ground.folder / "elsewhere").write_bytes(b"1")
    return folder


def gpu_launch(ground: Ground, driver: Path, needs: Path) -> Launch:
    variables = {"LD_LIBRARY_PATH": str(driver), "STUB_NEEDS": str(needs)}
    launch = ground.launch(gpus=("GPU-1",), reads=(str(driver),))
    return replace(launch, variables=variables)


def found(ground: Ground, driver: Path, needs: Path, **choice: int):
    walled.own_user()
    walled.landlock()
    sandboxes = Sandboxes(SandboxChoice(**choice), walled.around(Path.home()))
    return sandboxes.around(gpu_launch(ground, driver, needs))[1]


def test_a_gpu_that_works_behind_the_walls_keeps_the_level(ground: Ground, driver: Path):
    assert 2 == found(ground, driver, driver / "firmware").level


def test_threads_are_named_behind_all_walls_as_drivers_do(ground: Ground, driver: Path):
    for name, walls in walled.all_walls().items():
        tested = self_test(
            gpu_launch(ground, driver, driver / "firmware"), walls, walled.around(Path.home())
        )

        assert "" == tested.problem, name


def test_a_driver_that_only_ld_library_path_knows_is_found_behind_all_walls(
    ground: Ground, driver: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LD_LIBRARY_PATH", f"/usr/local/lib:{driver}")
    cuda = [("CUDA", "load", "libcuda.so.1")]
    without = Attacked(ground.launch())

    assert {"load CUDA": "OSError"} == without.attack(cuda, {}).facts
    without.end()
    for name, walls in {"level 0": None, **walled.all_walls()}.items():
        launch = ground.launch(walls, gpus=("GPU-1",), drivers=driver_folders())
        attacked = Attacked(launch)

        assert {"load CUDA": "done"} == attacked.attack(cuda, {}).facts, name
        attacked.end()


def test_a_gpu_that_does_not_lowers_the_level_and_says_why(ground: Ground, driver: Path):
    sandbox = found(ground, driver, ground.folder / "elsewhere")

    assert 1 == sandbox.level
    assert all("CUDA: cuInit says 999" in why for why in sandbox.lowered)
    with pytest.raises(SandboxError, match="cuInit says 999"):
        found(ground, driver, ground.folder / "elsewhere", required=2)


def test_a_gpu_that_never_works_is_not_held_against_the_walls(ground: Ground, driver: Path):
    assert 2 == found(ground, driver, ground.folder / "not there").level
