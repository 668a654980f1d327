"""What a worker is started with, and the little it gets to know of this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.weights import WeightsFolder
from vlmhb.errors import WorkerError
from vlmhb.system.drivers import with_folders
from vlmhb.system.process import NETWORK_SETTINGS
from vlmhb.worker.walls import Walls

PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "OMP_NUM_THREADS",
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NVIDIA_TF32_OVERRIDE",
)
"""Copied from the host's environment, where they are set."""

OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
"""For workers that may not use the network."""

FIXED = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # A user that nobody is has no name to be looked up; torch wants one for its caches.
    "LOGNAME": "vlmhb",
    "USER": "vlmhb",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONFAULTHANDLER": "1",
    # A print of odd text must not raise inside a model.
    "PYTHONIOENCODING": "utf-8:backslashreplace",
}

HUB_FOLDER = "hub"
"""Below a worker's scratch: the only cache of the hub that it sees."""

HUB_VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")
"""The second is what versions of the hub's library before 0.19 read."""

RESERVED = (
    "HF_TOKEN",
    "HUGGING_FACE_HUB_TOKEN",
    "PYTHONHOME",
    "PYTHONPATH",
    "CUDA_VISIBLE_DEVICES",
    "HOME",
    "TMPDIR",
    "XDG_CACHE_HOME",
    *HUB_VARIABLES,
)
"""No env may set these: secrets that no model needs offline, what would change the packages an env
holds, and what each worker gets of its own."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One worker to be."""

    python: str
    """Absolute path of the env's interpreter, started without a shell or a wrapper between."""
    variables: Mapping[str, str]
    """The env's own; they win over everything passed on."""
    scratch: Path
    """A folder is made below it for this worker and deleted after its death."""
    log_path: Path
    """What the worker prints is appended here, up to a limit."""
    name: str
    """For messages to the user."""
    gpus: tuple[str, ...] = ()
    """The GPUs it sees, as CUDA_VISIBLE_DEVICES names them; empty hides them all."""
    drivers: tuple[str, ...] = ()
    """Folders with the driver of its GPUs, where the loader does not know them."""
    network: bool = False
    """It gets the proxies' and certificates' variables, and its libraries may ask their hub."""
    lent: str = ""
    """Folder for the end of its `sys.path`, with what the worker needs and the env lacks."""
    holds: tuple[int, ...] = ()
    """Open files that its guard keeps open until the worker is gone."""
    weights: tuple[WeightsFolder, ...] = ()
    """What it sees of the hub's cache and the user's folders, each repo at one commit; all others
    look as if never fetched."""
    loopback: bool = False
    """Its own processes talk to each other over TCP."""
    reads: tuple[str, ...] = ()
    """Absolute paths outside of its env that it may read: what the model file and the envspec
    name."""
    walls: Walls | None = None
    """None for hygiene alone: level 0."""


def passed_on(launch: Launch) -> tuple[str, ...]:
    """The variables of the host that this worker may see."""
    return (*PASSED_ON, *NETWORK_SETTINGS) if launch.network else PASSED_ON


def worker_environment(
    inherited: Mapping[str, str], launch: Launch, scratch: Path
) -> dict[str, str]:
    """Every variable the worker starts with; `inherited` holds those of `passed_on` that are set.

    Raises:
        WorkerError: the env sets a variable that no worker may have.
    """
    refused = sorted(set(launch.variables) & set(RESERVED))
    if refused:
        raise WorkerError(
            f"cannot start worker {launch.name}",
            f"its env sets {', '.join(refused)}",
            expected="variables other than " + ", ".join(RESERVED),
            next_step="remove it from the `variables` of the envspec",
        )
    return {
        "LANG": "C.UTF-8",
        **inherited,
        "HOME": str(scratch),
        "TMPDIR": str(scratch / "tmp"),
        "XDG_CACHE_HOME": str(scratch / "cache"),
        **dict.fromkeys(HUB_VARIABLES, str(scratch / HUB_FOLDER)),
        "CUDA_VISIBLE_DEVICES": ",".join(launch.gpus),
        **({} if launch.network else OFFLINE),
        **FIXED,
        **with_folders(launch.variables, launch.drivers),
    }
