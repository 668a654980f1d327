"""Tiny checkpoints for tests, each built once a session in the real env that loads it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from vlmhb.config import load_envspec
from vlmhb.domain.envspec import Env
from vlmhb.env import EnvStore

ROOT = Path(__file__).parents[1]
LONG_S = 600.0
"""Only a broken script takes that long."""

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "transformers-4.37@cpu": ("llava",),
    "transformers-4.44@cpu": ("llava", "llava_next"),
    "transformers-4.46@cpu": ("qwen2_vl",),
    "transformers-4.51@cpu": ("idefics3", "llava", "llava_next", "qwen2_5_vl", "qwen2_vl"),
    "transformers-5@cpu": (
        "idefics3",
        "internvl",
        "llava",
        "llava_next",
        "qwen2_5_vl",
        "qwen2_vl",
        "qwen3_vl",
        "smolvlm",
    ),
    # Its LLaVA does not read what transformers 5 writes.
    "vllm@cpu": ("internvl", "qwen2_5_vl", "qwen2_vl", "qwen3_vl"),
}
"""Env -> the families that are built in it; all of them at once, for imports take longest."""


class Checkpoints:
    """Envs and checkpoints for the tests of one session; the fixture `checkpoints` is one.

    `checkpoints.folder("llava", "transformers-4.37@cpu")` is a folder that
    `checkpoints.env("transformers-4.37@cpu").python` loads.
    """

    def __init__(self, root: Path, store: EnvStore) -> None:
        self._root = root
        self._store = store
        self._envs: dict[str, Env] = {}
        self._folders: dict[tuple[str, int], Path] = {}

    def env(self, reference: str) -> Env:
        """The env of this NAME@VARIANT, built if need be and in use from now on."""
        if reference not in self._envs:
            self._envs[reference] = self._store.ensure(load_envspec(reference))
        return self._envs[reference]

    def folder(self, family: str, reference: str, seed: int = 0) -> Path:
        """The checkpoint of this family that was made in this env."""
        key = (reference, seed)
        if key not in self._folders:
            folder = self._root / f"{reference}-{seed}"
            self.run(reference, "tests.checkpoints", *FAMILIES[reference], folder, "--seed", seed)
            self._folders[key] = folder
        return self._folders[key] / family

    def run(self, reference: str, module: str, *words: object) -> str:
        """What a module of tests/checkpoints prints in this env."""
        env = self.env(reference)
        ended = subprocess.run(
            [env.python, "-B", "-m", module, *map(str, words)],
            env={"PATH": os.environ["PATH"], "HF_HOME": str(self._root / "hub"), **env.variables},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LONG_S,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout
