"""What all sides build: one spec of the size of a model's env, locked and in uv's cache."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import EnvStore, Uv, write_lock
from vlmhb.env.lock import lock_path

REQUIREMENTS = (
    *("numpy", "scipy", "scikit-learn", "pyarrow", "opencv-python-headless", "pillow"),
    *("pydantic", "rich", "tokenizers", "safetensors", "huggingface-hub", "sentencepiece"),
    *("pyyaml", "requests", "tqdm", "regex", "jinja2"),
)
IMPORTS = ("scipy.stats", "sklearn.linear_model", "cv2", "PIL.Image", "tokenizers")
LEAST_IMPORTS = ("msgpack",)
"""What every build tries."""


def bench_spec(folder: str) -> EnvSpec:
    """What is built, with the least imports."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return EnvSpec(
        name="bench",
        folder=folder,
        python=f"=={version}.*",
        requirements=REQUIREMENTS,
        imports=(),
    )


class World:
    """A folder with a spec, its lock and a store; uv's cache holds all of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uv = Uv.installed()
        self.python = Path(sys.executable).resolve()
        self.spec = bench_spec(str(folder))
        self.with_imports = replace(self.spec, imports=IMPORTS)
        write_lock(self.spec, self.uv)
        self.lock = lock_path(self.spec)
        self.store = EnvStore(folder / "envs", uv=self.uv)
        self._count = 0

    @property
    def offline(self) -> dict[str, str]:
        """The environment in which every side calls uv."""
        return {**self.uv.environment, "UV_OFFLINE": "1"}

    def new_path(self) -> Path:
        """A name that no file has. Nothing is deleted between rounds: it would slow the next."""
        self._count += 1
        return self.folder / f"{self._count:04}"

    def empty_store(self) -> EnvStore:
        """A store that has seen nothing."""
        return replace(self.store, root=Path(tempfile.mkdtemp(dir=self.folder)))

    def set_envs_aside(self) -> None:
        """Have the store build again what it has built."""
        for described in self.store.root.glob("*/env.json"):
            described.parent.rename(self.new_path())


def import_all(venv: Path, names: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """What a build tries, in a process of its own."""
    argv = [str(venv / "bin" / "python"), "-s", "-c", f"import {', '.join(names)}"]
    subprocess.run(argv, check=True, env={"PATH": os.defpath, **environment})


def copy_links(source: Path, target: Path) -> None:
    """The least that making a tree of second names costs."""
    subprocess.run([shutil.which("cp") or "cp", "-al", str(source), str(target)], check=True)
