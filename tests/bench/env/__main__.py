"""Measure and print."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench import env
from tests.bench.env.builds import ROUNDS, Builds
from tests.bench.env.crowd import Crowd
from tests.bench.env.peers.bare_uv import BareUv
from tests.bench.env.world import IMPORTS, World, import_all
from tests.bench.measured import measure
from tests.bench.row import Row, timed_s


def hit(world: World) -> tuple[Row, Row]:
    """E3, and what looking at every file takes alone."""
    bare = BareUv(world)
    venv = world.new_path()
    bare.build(venv)
    files = [str(path) for path in venv.rglob("*") if not path.is_dir()]
    noop = "uv pip sync, nothing to do"
    present = Row("E3", "env that is there", "s", noop, 0.1)
    looks = Row("", f"of this, a stat of each of {len(files):,} files", "s", noop)
    for _ in range(ROUNDS):
        noop_s = timed_s(lambda: bare.sync(venv))
        present.add(timed_s(lambda: world.store.ensure(world.spec)), noop_s)
        looks.add(timed_s(lambda: [os.lstat(path) for path in files]), noop_s)
    return present, looks


def crowd(world: World) -> tuple[Row, Row]:
    """E4."""
    row = Row("E4", "four processes that want one env", "s", "one process", 1.2)
    builds = Row("E4", "builds of those four", "builds", limit=1)
    processes = Crowd(world, 4)

    def four() -> None:
        builds.add(processes.ensure(world.new_path(), 4))

    for _ in range(ROUNDS):
        four_s = timed_s(four)
        row.add(four_s, timed_s(lambda: processes.ensure(world.new_path(), 1)))
    processes.close()
    return row, builds


def first_start(world: World) -> Row:
    """E5."""
    row = Row("E5", "first start of a worker's imports", "s", "the second start", 1.2)
    for _ in range(ROUNDS):
        world.set_envs_aside()
        venv = Path(world.store.ensure(world.with_imports).python).parent.parent
        start = partial(import_all, venv, IMPORTS, {"PYTHONDONTWRITEBYTECODE": "1"})
        row.add(timed_s(start), timed_s(start))
    return row


def rows() -> Iterator[Row]:
    """E1 to E5."""
    folder = Path(tempfile.mkdtemp(prefix="vlmhb-bench-"))
    try:
        world = World(folder)
        built = world.store.ensure(world.spec)
        size = Row("", f"env of {len(built.packages)} packages", "MB")
        size.add(built.size_bytes / 1e6)
        yield size
        builds = Builds(world)
        builds.measure()
        yield from builds.rows
        world.store.ensure(world.spec)
        yield from hit(world)
        yield from crowd(world)
        yield first_start(world)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    measure("env", env.__doc__, rows)
