"""Envs of others: used as they are, with nothing installed into them."""

import shutil
from contextlib import suppress
from pathlib import Path

import msgpack
from packaging.version import Version

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.env.caller import Caller
from vlmhb.env.inspection import Inspection, inspect_lent
from vlmhb.env.lock import platform_tag
from vlmhb.env.probe import probe
from vlmhb.env.staging import staging_folder, sweep
from vlmhb.errors import EnvError, StorageError
from vlmhb.system.files import write_atomic

_OLDEST_MSGPACK = "0.6"


def lend(spec: EnvSpec, root: Path) -> Env:
    """The env that the spec's `interpreter` belongs to, when it can import what the spec lists.

    The imports are tried once for each state of the env; what was tried is remembered below
    `root`.

    Raises:
        EnvError: the interpreter is not there, its msgpack is too old, or an import fails.
    """
    python = Path(spec.interpreter)
    found = inspect_lent(spec)
    _check_msgpack(spec, found)
    lent = "" if found.serves_worker else str(_side_folder(root))
    fingerprint = sha256_of({"inspection": found.sha256, "lent": bool(lent)})
    _probe_once(spec, python, lent, fingerprint, root / "lent" / "tried")
    return Env(
        name=spec.name,
        fingerprint=fingerprint,
        python=str(python),
        interpreter=found.interpreter,
        lock_sha256="",
        packages=found.packages,
        build_s=0.0,
        size_bytes=0,
        variables=dict(spec.variables),
        network=spec.network,
        locked=False,
        lent=lent,
        platform=platform_tag(),
    )


def _check_msgpack(spec: EnvSpec, found: Inspection) -> None:
    """A copy lent at the end of the path would not be found behind one that is too old."""
    version = dict(found.packages).get("msgpack", "")
    if not version or Version(version) >= Version(_OLDEST_MSGPACK):
        return
    raise EnvError(
        f'no worker can run in env "{spec.name}", lent by {spec.interpreter}',
        f"its msgpack is {version}",
        expected=f"msgpack {_OLDEST_MSGPACK} or newer, or none at all: then one is lent",
        next_step="ask its owner to update msgpack, or name another env as `interpreter` in "
        f"{spec.folder}/envspec.yaml",
    )


def _probe_once(spec: EnvSpec, python: Path, lent: str, fingerprint: str, tried: Path) -> None:
    asked = sha256_of(
        {
            "python": str(python),
            "fingerprint": fingerprint,
            "imports": spec.imports,
            "variables": dict(spec.variables),
        }
    )
    if (tried / asked).exists():
        return
    probe(spec, python, Caller(), lent)
    with suppress(OSError, StorageError):  # then it is tried again next time
        tried.mkdir(parents=True, exist_ok=True)
        write_atomic(tried / asked, b"")


def _side_folder(root: Path) -> Path:
    """A folder with msgpack as plain Python, which any version runs; made once."""
    version = ".".join(str(number) for number in msgpack.version)
    folder = root / "lent" / f"msgpack-{version}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = Path(msgpack.__file__).parent
    sweep(folder.parent)
    with staging_folder(folder.parent) as staging:
        staged = staging / folder.name
        (staged / "msgpack").mkdir(parents=True)
        for path in source.glob("*.py"):
            shutil.copyfile(path, staged / "msgpack" / path.name)
        try:
            staged.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise
    return folder
