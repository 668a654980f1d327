"""Env builds against bare uv: `python -m tests.bench.env`. Prints Markdown.

E1  `EnvStore.ensure` with a warm cache against `uv venv` + `uv pip sync` of the same lock
E3  `EnvStore.ensure` of a built env against a `uv pip sync` that finds nothing to do
E4  four processes' worth of `ensure` of one env against one
E5  the first start of a worker's imports after a build against the second
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import EnvStore, Uv, write_lock
from vlmhb.env.lock import lock_path

ROUNDS = 7
REQUIREMENTS = ("numpy", "pillow", "pyyaml", "rich", "pydantic")
IMPORTS = ("numpy", "PIL.Image", "yaml", "rich", "pydantic")


@dataclass(frozen=True)
class Row:
    """Two ways to the same end, measured in turns."""

    goal: str
    ours: list[float]
    other: list[float]

    def __str__(self) -> str:
        ratio = statistics.median(self.ours) / statistics.median(self.other)
        return f"| {self.goal} | {_spread(self.ours)} | {_spread(self.other)} | {ratio:.2f} |"


class Bench:
    """A folder with a spec, its lock and a filled cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uv = Uv.installed()
        self.spec = EnvSpec(
            name="bench",
            folder=str(folder),
            python=f">={sys.version_info.major}.{sys.version_info.minor}",
            requirements=REQUIREMENTS,
            imports=IMPORTS,
        )
        write_lock(self.spec, self.uv)
        self.store = EnvStore(folder / "envs", uv=self.uv)
        self.store.ensure(self.spec)
        self.python = Path(sys.executable).resolve()

    def fresh(self) -> EnvStore:
        """An empty store."""
        return replace(self.store, root=Path(tempfile.mkdtemp(dir=self.folder)))

    def bare_uv(self, venv: Path, *, only_sync: bool = False) -> None:
        """What a careful shell script would do."""
        flags = ["--relocatable", "--no-project", "--python", str(self.python)]
        if not only_sync:
            self._call("venv", "--quiet", *flags, str(venv))
        self._call(
            *("pip", "sync", "--quiet", "--offline", "--require-hashes", "--no-build"),
            *("--python", str(venv / "bin" / "python"), str(lock_path(self.spec))),
        )

    def _call(self, *words: str) -> None:
        argv = [str(self.uv.binary), *words]
        subprocess.run(argv, check=True, env=dict(self.uv.environment), cwd="/")

    def build(self) -> list[Row]:
        """E1, the probe taken out and left in."""
        with_probe: list[float] = []
        without: list[float] = []
        bare: list[float] = []
        bare_with_imports: list[float] = []
        unprobed = replace(self.spec, imports=())
        for number in range(ROUNDS):
            with_probe.append(_timed(lambda: self.fresh().ensure(self.spec)))
            without.append(_timed(lambda: self.fresh().ensure(unprobed)))
            venv = self.folder / f"bare-{number}"
            bare.append(_timed(partial(self.bare_uv, venv)))
            imports_s = _timed(partial(_import_all, venv / "bin" / "python", {}))
            bare_with_imports.append(bare[-1] + imports_s)
        return [
            Row("E1 build, warm cache, no imports to try", without, bare),
            Row("E1 with the imports tried on both sides", with_probe, bare_with_imports),
        ]

    def hit(self) -> Row:
        """E3."""
        venv = self.folder / "noop"
        self.bare_uv(venv)
        ours: list[float] = []
        noop: list[float] = []
        for _ in range(ROUNDS):
            ours.append(_timed(lambda: self.store.ensure(self.spec)))
            noop.append(_timed(lambda: self.bare_uv(venv, only_sync=True)))
        return Row("E3 env present / no-op sync", ours, noop)

    def crowd(self) -> Row:
        """E4."""
        four: list[float] = []
        one: list[float] = []
        for _ in range(ROUNDS):
            four.append(_timed(lambda: self._ensure_at_once(4)))
            one.append(_timed(lambda: self._ensure_at_once(1)))
        return Row("E4 four at once / one", four, one)

    def _ensure_at_once(self, count: int) -> None:
        store = self.fresh()
        callers = [threading.Thread(target=store.ensure, args=(self.spec,)) for _ in range(count)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    def first_start(self) -> Row:
        """E5."""
        first: list[float] = []
        second: list[float] = []
        for _ in range(ROUNDS):
            env = self.fresh().ensure(self.spec)
            python = Path(env.python)
            unwritten = {"PYTHONDONTWRITEBYTECODE": "1"}
            for times in (first, second):
                times.append(_timed(partial(_import_all, python, unwritten)))
        return Row("E5 first start / second", first, second)


def _import_all(python: Path, environment: Mapping[str, str]) -> None:
    argv = [str(python), "-s", "-c", f"import {', '.join(IMPORTS)}"]
    subprocess.run(argv, check=True, env=dict(environment))


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _spread(values: list[float]) -> str:
    low, middle, high = (1000 * f(values) for f in (min, statistics.median, max))
    return f"{middle:.1f} ms ({low:.1f}-{high:.1f})"


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="vlmhb-bench-"))
    try:
        bench = Bench(folder)
        env = bench.store.ensure(bench.spec)
        rows = [*bench.build(), bench.hit(), bench.crowd(), bench.first_start()]
        lines = [
            f"{len(env.packages)} packages, {env.size_bytes / 1e6:.0f} MB, {ROUNDS} rounds in "
            f"turns, median (min-max), load {os.getloadavg()[0]:.1f}",
            "",
            "| goal | vlmhb | other | ratio |",
            "|---|---|---|---|",
            *(str(row) for row in rows),
        ]
        sys.stdout.write("\n".join(lines) + "\n")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
