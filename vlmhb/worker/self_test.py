"""The walls tried out: a short process behind them attacks them, and does as models do."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess  # noqa: TID251 - for its TimeoutExpired alone; processes start in `process`
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vlmhb.domain.sandbox import HIGHEST
from vlmhb.errors import WorkerError
from vlmhb.system.process import inherited_environment
from vlmhb.worker.launch import Launch, passed_on, worker_environment
from vlmhb.worker.process import ENTRY, furnish, make_scratch, start_behind
from vlmhb.worker.walls import Network, Walls

PROBE = ENTRY.with_name("sandbox_probe.py")

TIMEOUT_S = 60.0
"""For all of it; an env on a slow volume and a driver that wakes up take their time."""

NETWORK_PROBES = frozenset({"open a TCP port", "reach a TCP port", "send UDP"})
PROMISED_AT_2 = NETWORK_PROBES | {
    "read the run folder",
    "list the user's home",
    "read the keyring",
    "use io_uring",
    "make a namespace",
}
"""What level 1 does not promise; it promises all others."""
OWN_USER_ONLY = frozenset({"change a file's mode"})
"""No wall but another user's rights keeps a process from it."""

DENIED = "denied"
CUDA = "CUDA"
NO_WALLS = Walls(0)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the host a worker must not reach, where it really is."""

    run_folder: Path | None = None
    token: Path | None = None
    """The file with the user's token for the hub, where there is one."""
    cache: Path | None = None
    """Where fetched weights are kept."""
    home: Path | None = None


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What came of it."""

    probes: Mapping[str, str]
    """What was tried -> `denied` or `allowed`."""
    problem: str
    """Why these walls will not do; empty when they will."""


def self_test(launch: Launch, walls: Walls, around: Surroundings) -> SelfTest:
    """Try these walls with what this worker needs."""
    said, returncode, printed = b"", None, b""
    try:
        said, returncode, printed = _tried(launch, walls, around)
        found = json.loads(said)
        broken = dict(found["broken"])
        if CUDA in broken and CUDA in json.loads(_tried(launch, NO_WALLS, around)[0])["broken"]:
            del broken[CUDA]  # it does not work without walls either
    except WorkerError as error:
        return SelfTest({}, f"{error.doing}: {error.got}")
    except subprocess.TimeoutExpired:
        return SelfTest({}, f"its self-test did not end within {TIMEOUT_S:.0f} s")
    except OSError as error:
        return SelfTest({}, f"its self-test cannot be made: {error}")
    except ValueError:
        last = printed.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return SelfTest({}, last or f"its self-test ended with exit code {returncode}")
    return SelfTest(found["probes"], _problem(walls, found["probes"], broken))


def promised(walls: Walls) -> frozenset[str]:
    """What these walls must deny, of what `sandbox_probe` tries."""
    from vlmhb_worker.sandbox_probe import PROBES  # noqa: PLC0415 - most commands start no worker

    names = frozenset(PROBES)
    if walls.uid is None:
        names -= OWN_USER_ONLY
    if walls.level < HIGHEST:
        return names - PROMISED_AT_2
    if walls.network is Network.OPEN:
        return names - NETWORK_PROBES
    if walls.network is Network.LOOPBACK:
        return names - NETWORK_PROBES | {"reach a TCP port"}
    return names


def _problem(walls: Walls, probes: Mapping[str, str], broken: Mapping[str, str]) -> str:
    if broken:
        return "what does not work behind it: " + "; ".join(
            f"{need}: {why}" for need, why in broken.items()
        )
    holes = sorted(name for name in promised(walls) if probes.get(name) != DENIED)
    return f"it does not keep a process from this: {', '.join(holes)}" if holes else ""


def _tried(launch: Launch, walls: Walls, around: Surroundings) -> tuple[bytes, int, bytes]:
    scratch = make_scratch(launch)
    try:
        own = replace(launch, walls=walls, holds=())
        furnish(scratch, own)
        environment = worker_environment(inherited_environment(passed_on(own)), own, scratch)
        with _bait(launch) as bait, _listener() as port:
            own = replace(own, reads=(*own.reads, str(bait / "given")))
            targets = {**_targets(own, around, bait, port), "network": walls.network.value}
            words = (launch.python, "-s", str(PROBE), json.dumps(targets))
            process = start_behind(walls, own, words, environment, scratch, ())
            try:
                said, printed = process.communicate(timeout=TIMEOUT_S)
            finally:
                _end(process)
            return said, process.returncode, printed
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)  # its guard ends all of it
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(TIMEOUT_S)
    if process.poll() is None:
        process.kill()
        process.wait()


def _targets(launch: Launch, around: Surroundings, bait: Path, port: int) -> dict[str, Any]:
    weights = [Path(one.folder, name) for one in launch.weights for name in one.files[:1]]
    run_file = around.run_folder / "run.json" if around.run_folder else None
    env_file = _first_file(Path(launch.python).parent.parent) or bait / "run/file"
    return {
        "host": os.getpid(),
        "token": _text(around.token),
        "bait": str(bait),
        "run_file": _text(run_file),
        "run_folder": _text(around.run_folder),
        "env_file": str(env_file),
        "weights_file": str(weights[0].resolve()) if weights else "",
        "cache": _text(around.cache) or str(bait / "run"),
        "home": _text(around.home) or str(bait / "scratch"),
        "port": ["127.0.0.1", port],
        "readable": [str(path.resolve()) for path in weights] + list(launch.reads),
        "cuda": bool(launch.gpus),
    }


def _text(path: Path | None) -> str:
    return str(path) if path is not None and path.exists() else ""


def _first_file(env: Path) -> Path | None:
    """One that a model could gain by changing."""
    here = (env / "pyvenv.cfg", *sorted(env.glob("lib/python3*/os.py")))
    return next((path for path in here if path.is_file()), None)


@contextlib.contextmanager
def _bait(launch: Launch) -> Iterator[Path]:
    """Files that look like the host's own to who attacks them, gone afterwards."""
    folder = make_scratch(launch)
    try:
        folder.chmod(0o755)
        (folder / "scratch").mkdir(mode=0o700)
        (folder / "run").mkdir()
        (folder / "given").mkdir()
        for name in ("scratch/file", "run/file", "run/deletable", "given/file", "token"):
            (folder / name).write_bytes(b"bait")
        (folder / "token").chmod(0o600)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _listener() -> Iterator[int]:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", 0))
            listener.listen(1)
        except OSError:  # a machine without even that
            yield 9
            return
        yield int(listener.getsockname()[1])
