"""What `vlmhb doctor` looks at; each check is one line of its answer."""

import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from vlmhb.config import Environ, Kind, Library, load_envspec, load_model
from vlmhb.env import Uv, can_hardlink, find_interpreter
from vlmhb.errors import VlmhbError
from vlmhb.schedule import missing_files
from vlmhb.system.gpus import list_gpus
from vlmhb.system.host import memory_gib, usable_cores

FREE_GIB_WANTED = 10
"""A GPU env with torch takes about 6 GiB."""


class Status(str, Enum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the answer."""

    name: str
    status: Status
    found: str
    fix: str = ""


def all_checks(places: Environ) -> Iterator[Check]:
    """Every check, the cheap ones first."""
    memory = f"{usable_cores()} cores, {memory_gib()} GiB"
    yield Check("machine", Status.OK, f"{platform.platform()}, {memory}")
    yield _gpus()
    yield from (_disk(name, path) for name, path in (("envs", places.envs), ("runs", places.runs)))
    yield from _uv(places.envs)
    yield from _models()


def _gpus() -> Check:
    gpus, driver = list_gpus()
    if not gpus:
        return Check(
            "gpu",
            Status.WARN,
            "none found",
            "models run on the CPU; on a GPU pod, check that nvidia-smi works",
        )
    names = ", ".join(f"{gpu.name} ({gpu.memory_gib} GiB)" for gpu in gpus)
    return Check("gpu", Status.OK, f"{names}, driver {driver}")


def _disk(name: str, path: Path) -> Check:
    existing = next(folder for folder in (path, *path.parents) if folder.is_dir())
    try:
        with tempfile.TemporaryFile(dir=existing):
            free_gib = shutil.disk_usage(existing).free / 2**30
    except OSError as error:
        found = f"{path} cannot be written: {error.strerror}"
        fix = f"set VLMHB_{name.upper()} to a folder that can"
        return Check(f"disk for {name}", Status.FAIL, found, fix)
    found = f"{path}: {free_gib:.1f} GiB free"
    if free_gib < FREE_GIB_WANTED:
        return Check(f"disk for {name}", Status.WARN, found, "free space before large envs")
    return Check(f"disk for {name}", Status.OK, found)


def _uv(envs: Path) -> Iterator[Check]:
    try:
        uv = Uv.installed()
        cache = uv.cache_folder()
    except VlmhbError as error:
        yield Check("uv", Status.FAIL, str(error), "reinstall vlmhb")
        return
    yield Check("uv", Status.OK, f"{uv.version}, cache {cache}")
    if can_hardlink(cache, envs):
        yield Check("hardlinks", Status.OK, "the cache and the envs share their files")
    else:
        yield Check(
            "hardlinks",
            Status.WARN,
            f"no hardlink from {cache} to {envs}: each env is a full copy",
            "put UV_CACHE_DIR and VLMHB_ENVS on one local file system",
        )


def _models() -> Iterator[Check]:
    library = Library.standard(Path.cwd())
    for name in library.names(Kind.MODEL):
        try:
            model = load_model(name)
            spec = load_envspec(model.env)
            python = find_interpreter(spec.python, Uv.installed())
        except VlmhbError as error:
            yield Check(f"model {name}", Status.WARN, str(error))
            continue
        missing = missing_files([model]).get(name)
        if missing:
            yield Check(f"model {name}", Status.WARN, missing.problem, missing.install)
        else:
            yield Check(f"model {name}", Status.OK, f"env {spec.name}, python {python.version}")
