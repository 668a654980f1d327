"""Measure and print."""

import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from tests.bench.env.builds import ROUNDS, Builds
from tests.bench.env.crowd import Crowd
from tests.bench.env.peers.bare_uv import BareUv
from tests.bench.env.table import HEADER, Row, timed
from tests.bench.env.world import IMPORTS, World, import_all
from vlmhb.domain.envspec import Env


def hit(world: World, env: Env) -> tuple[Row, Row]:
    """E3, and what looking at every file takes alone."""
    bare = BareUv(world)
    venv = world.new_path()
    bare.build(venv)
    files = [str(path) for path in venv.rglob("*") if not path.is_dir()]
    present = Row("E3 env present / no-op sync", 0.1)
    looks = Row(f"E3 of this, one stat of each of {len(files)} files / no-op sync", 0.1)
    for _ in range(ROUNDS):
        noop_s = timed(lambda: bare.sync(venv))
        present.add(timed(lambda: world.store.ensure(world.spec)), noop_s)
        looks.add(timed(lambda: [os.lstat(path) for path in files]), noop_s)
    return present, looks


def crowd(world: World) -> Row:
    """E4."""
    row = Row("E4 four processes / one", 1.2)
    processes = Crowd(world, 4)
    for _ in range(ROUNDS):
        four_s = timed(lambda: processes.ensure(world.new_path(), 4))
        row.add(four_s, timed(lambda: processes.ensure(world.new_path(), 1)))
    processes.close()
    return row


def first_start(world: World) -> Row:
    """E5."""
    row = Row("E5 first start / second", 1.2)
    for _ in range(ROUNDS):
        world.set_envs_aside()
        venv = Path(world.store.ensure(world.with_imports).python).parent.parent
        start = partial(import_all, venv, IMPORTS, {"PYTHONDONTWRITEBYTECODE": "1"})
        row.add(timed(start), timed(start))
    return row


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="vlmhb-bench-"))
    try:
        world = World(folder)
        world.store.ensure(world.spec)
        builds = Builds(world)
        builds.measure()
        env = world.store.ensure(world.spec)
        rows = [*builds.all_rows, *hit(world, env), crowd(world), first_start(world)]
        print(
            f"{len(env.packages)} packages, {env.size_bytes / 1e6:.0f} MB, {ROUNDS} rounds in "
            f"turns, median (min-max), load {os.getloadavg()[0]:.1f}\n\n{HEADER}"
        )
        for line in (*rows, *builds.absent):
            print(line)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
