"""The standard library's venv and pip, with every wheel at hand in a folder."""

import os
import subprocess
from pathlib import Path

from tests.bench.env.world import World
from tests.bench.row import timed_s


class VenvPip:
    """`python -m venv`, then `pip install --require-hashes --no-deps --no-index`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wheels = world.new_path()
        with_pip = world.new_path()
        self._call(world.python, "-m", "venv", with_pip)
        links = world.uv.environment.get("UV_FIND_LINKS")
        self._call(
            *(with_pip / "bin" / "pip", "download", "-qq", "--no-deps", "--require-hashes"),
            *(["--find-links", links] if links else []),
            *("--only-binary", ":all:", "--dest", self._wheels, "-r", world.lock),
        )

    def build(self, venv: Path) -> float:
        """Seconds that a new env in `venv` takes."""
        return timed_s(lambda: self._build(venv))

    start_and_build = build
    """Both are programs."""

    def close(self) -> None:
        """Nothing was started."""

    def _build(self, venv: Path) -> None:
        self._call(self._world.python, "-m", "venv", venv)
        self._call(
            *(venv / "bin" / "pip", "install", "-qq", "--no-deps", "--require-hashes"),
            *("--no-index", "--find-links", self._wheels, "-r", self._world.lock),
        )

    def _call(self, *words: object) -> None:
        kept = ("PATH", "HOME", "PIP_CERT", "SSL_CERT_FILE", "HTTPS_PROXY", "https_proxy")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
        subprocess.run([str(word) for word in words], check=True, env=environment)
