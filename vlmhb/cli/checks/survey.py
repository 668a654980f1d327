"""The survey: every check, in the order in which they are shown."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from vlmhb.cli.checks import storage
from vlmhb.cli.checks.check import Check, Status, isolated
from vlmhb.cli.checks.gpu import judge_gpus
from vlmhb.cli.checks.hub import hub
from vlmhb.cli.checks.interpreters import Interpreters, Tool, pythons
from vlmhb.cli.checks.machine import clock, machine, memory, shared_memory
from vlmhb.cli.checks.model import Here, ModelChecks
from vlmhb.cli.checks.models import known_models
from vlmhb.cli.checks.sandbox import sandbox
from vlmhb.cli.checks.sharing import env_locks, links, run_locks
from vlmhb.config import Environ, load_model_and_env
from vlmhb.domain.model import ModelSpec
from vlmhb.env import EnvStore
from vlmhb.errors import VlmhbError
from vlmhb.system.gpus import list_gpus, read_driver
from vlmhb.system.mounts import Mount, read_mounts
from vlmhb.system.process import inherited_environment

_MOUNT_PROC = "mount /proc in this container"
_SET_ENVS = "set VLMHB_ENVS to a folder that can be written"
_SET_RUNS = "set VLMHB_RUNS to a folder that can be written"


def all_checks(
    places: Environ, chosen: Mapping[str, ModelSpec], *, offline: bool = False
) -> Iterator[Check]:
    """Every check. Models in `chosen` are looked at closely; without any, all in a line each.

    They are by the name or path that the user gave them.
    """
    mounts = read_mounts()
    gpus, _ = list_gpus()
    driver = read_driver()
    yield from _machine(places, mounts)
    yield from judge_gpus(gpus, driver)
    yield from isolated("sandbox", sandbox, fix=_MOUNT_PROC, status=Status.WARN)
    tool = Tool.find()
    yield tool if isinstance(tool, Check) else tool.check()
    yield from _files(places, None if isinstance(tool, Check) else tool.cache, mounts)
    yield from isolated("hf home", hub, fix="set HF_HOME", status=Status.WARN)
    if isinstance(tool, Check):
        for model in chosen.values():
            yield Check(f"model {model.name}", Status.FAIL, "not looked at", "mend uv first")
        return
    yield from isolated("pythons", partial(pythons, tool.uv), fix="reinstall vlmhb")
    store = EnvStore(places.envs, offline=offline, uv=tool.uv)
    here = Here(store, tool.cache, Interpreters(tool.uv), driver, gpus)
    yield from _models(chosen, here)


def _machine(places: Environ, mounts: Sequence[Mount]) -> Iterator[Check]:
    yield from isolated("machine", machine, fix=_MOUNT_PROC)
    yield from isolated("memory", partial(memory, mounts), fix=_MOUNT_PROC, status=Status.WARN)
    yield from isolated(
        "shared memory",
        shared_memory,
        fix="mount a tmpfs at /dev/shm: engines with several processes need it",
        status=Status.WARN,
    )
    yield from isolated("clock", partial(clock, places.runs), fix=_SET_RUNS, status=Status.WARN)


def _files(places: Environ, cache: Path | None, mounts: Sequence[Mount]) -> Iterator[Check]:
    wanted = {storage.ENVS: places.envs, storage.RUNS: places.runs, storage.TEMP: _temp()}
    if cache is not None:
        wanted[storage.CACHE] = cache
    found = tuple(storage.folders(wanted))
    yield from found
    # What a folder that cannot be written leaves unknown has been said once.
    broken = {check.name for check in found if check.status is Status.FAIL}
    sound = {kind: path for kind, path in wanted.items() if f"folder {kind}" not in broken}
    fix = "use another file system"
    yield from isolated("disk", partial(storage.disks, sound, mounts), fix=fix, status=Status.WARN)
    if storage.CACHE in sound and storage.ENVS in sound:
        look = partial(links, sound[storage.CACHE], places.envs)
        yield from isolated("hardlinks", look, fix=_SET_ENVS)
    if storage.ENVS in sound:
        yield from isolated("locks envs", partial(env_locks, places.envs), fix=_SET_ENVS)
    if storage.RUNS in sound:
        yield from isolated("locks runs", partial(run_locks, places.runs), fix=_SET_RUNS)


def _temp() -> Path:
    """Where others put temporary files; Python looks elsewhere when that cannot be written."""
    if named := inherited_environment(["TMPDIR"]).get("TMPDIR"):
        return Path(named).absolute()
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        return Path("/tmp")  # noqa: S108 - to say that it cannot be written


def _models(chosen: Mapping[str, ModelSpec], here: Here) -> Iterator[Check]:
    driver = here.driver.version if here.gpus else ""
    if not chosen:
        yield from known_models(here.interpreters, driver, here.gpus)
    for written, named in chosen.items():
        try:
            model, spec = load_model_and_env(written, driver)
        except VlmhbError as error:
            found = f"{error.doing}: {error.got}"
            fix = error.next_step or "correct its envspec"
            yield Check(f"model {named.name}: env", Status.FAIL, found, fix)
        else:
            yield from ModelChecks(model, spec, here).all()
