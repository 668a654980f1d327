"""Envs of others: used as they are, with nothing installed into them."""

import shutil
import tempfile
from pathlib import Path

import msgpack

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.env.caller import Caller
from vlmhb.env.inspection import inspect
from vlmhb.env.probe import probe


def lend(spec: EnvSpec, root: Path) -> Env:
    """The env that the spec's `interpreter` belongs to, when it can import what the spec lists.

    Raises:
        EnvError: the interpreter is not there, or an import fails.
    """
    python = Path(spec.interpreter)
    found = inspect(python)
    lent = "" if found.serves_worker else str(_side_folder(root))
    probe(spec, python, Caller(), lent)
    return Env(
        name=spec.name,
        fingerprint=sha256_of({"inspection": found.sha256, "lent": bool(lent)}),
        python=str(python),
        python_version=found.interpreter.version,
        lock_sha256="",
        packages=found.packages,
        build_s=0.0,
        size_bytes=0,
        variables=dict(spec.variables),
        network=spec.network,
        locked=False,
        lent=lent,
    )


def _side_folder(root: Path) -> Path:
    """A folder with msgpack as plain Python, which any version runs; made once."""
    version = ".".join(str(number) for number in msgpack.version)
    folder = root / "lent" / f"msgpack-{version}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = Path(msgpack.__file__).parent
    with tempfile.TemporaryDirectory(prefix=".lent-", dir=folder.parent) as name:
        staged = Path(name) / folder.name
        (staged / "msgpack").mkdir(parents=True)
        for path in source.glob("*.py"):
            shutil.copyfile(path, staged / "msgpack" / path.name)
        try:
            staged.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was faster
                raise
    return folder
