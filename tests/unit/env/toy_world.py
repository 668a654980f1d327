"""A world of tiny wheels: a folder instead of an index, a cache of its own, no network.

Run as a program it is a process that wants the env of the world in the folder it is given.
"""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.holds import Holds
from vlmhb.env.lock import lock_path, spec_sha256
from vlmhb.env.store import EnvStore
from vlmhb.env.uv import Uv

PACKAGES = {
    "msgpack": {"msgpack/__init__.py": "version = 'toy'\n"},
    "toy-model": {
        "toy_model/__init__.py": "from toy_model.layer_0 import NUMBER\n",
        **{f"toy_model/layer_{number}.py": f"NUMBER = {number}\n" for number in range(200)},
    },
}
VERSION = "9999.1"
"""No index has it."""


@dataclass(frozen=True)
class World:
    folder: Path
    holds: Holds = field(default_factory=Holds)
    settings: Mapping[str, str] = field(default_factory=dict)
    """More variables for uv."""

    @property
    def spec(self) -> EnvSpec:
        return EnvSpec(
            name="toy-world",
            folder=str(self.folder / "spec"),
            python=f">=3.8,<={sys.version_info.major}.{sys.version_info.minor}.99",
            requirements=(f"toy-model=={VERSION}",),
            imports=("toy_model",),
            variables={"TOY": "1"},
        )

    @property
    def uv(self) -> Uv:
        installed = Uv.installed()
        environment = {
            **installed.environment,
            "UV_CACHE_DIR": str(self.folder / "cache"),
            "UV_FIND_LINKS": str(self.folder / "wheels"),
            # Empty: nobody asks a network for what the folder of wheels lacks.
            "UV_DEFAULT_INDEX": (self.folder / "no-index").as_uri(),
            **self.settings,
        }
        return replace(installed, environment=environment)

    @property
    def store(self) -> EnvStore:
        return EnvStore(self.folder / "envs", uv=self.uv, holds=self.holds)

    @property
    def store_without_uv(self) -> EnvStore:
        broken = replace(self.uv, binary=Path("/nonexistent/uv"))
        return replace(self.store, uv=broken)

    @property
    def lock(self) -> Path:
        return lock_path(self.spec)

    @property
    def leftovers(self) -> list[str]:
        """Names in the store that no finished build leaves."""
        return [path.name for path in (self.folder / "envs").glob(".*")]

    def start_ensure(self) -> "subprocess.Popen[str]":
        """Another process that wants the env; what it says comes through its stdout."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.unit.env.toy_world", str(self.folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )


def make_world(folder: Path) -> World:
    """Wheels, and a lock that names them by their hashes."""
    world = World(folder)
    (folder / "spec").mkdir(parents=True)
    (folder / "wheels").mkdir()
    (folder / "no-index").mkdir()
    hashes = {
        name: make_wheel(folder / "wheels", name, VERSION, files)
        for name, files in PACKAGES.items()
    }
    write_toy_lock(world.spec, hashes)
    return world


def write_toy_lock(spec: EnvSpec, hashes: Mapping[str, str]) -> None:
    pins = [f"{name}=={VERSION} \\\n    --hash=sha256:{sha256}" for name, sha256 in hashes.items()]
    text = "\n".join([f"# envspec-sha256: {spec_sha256(spec)}", *pins, ""])
    lock_path(spec).write_text(text, encoding="utf-8")


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> str:
    """A pure-Python wheel in `folder`; returns the sha256 of its bytes."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: toy\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(
        f"{path},{_record_hash(text)},{len(text)}\n" for path, text in contents.items()
    )
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def _record_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    world = World(Path(sys.argv[1]))
    env = world.store.ensure(world.spec, on_progress=_say)
    _say(env.python)
