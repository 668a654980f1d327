"""E1 and E2: a build with a warm cache, beside the least it could take and beside its peers."""

from pathlib import Path

from tests.bench.env.crowd import start_and_ensure
from tests.bench.env.peers import FAST, LIMITS, SLOW, ready
from tests.bench.env.peers.bare_uv import BareUv
from tests.bench.env.table import Row, timed
from tests.bench.env.world import IMPORTS, LEAST_IMPORTS, World, copy_links, import_all

ROUNDS = 7
SLOW_ROUNDS = 1
"""pip takes half a minute, and its ratio is not close to its goal."""


class Builds:
    """The rows of a build; both sides of E1 try the same imports."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bare = BareUv(world)
        self.rows = {
            "bare": Row("E1 build / bare uv", 1.5),
            "links": Row("E1 build / `cp -al`", 2.0),
            "first": Row("E1 first build of an empty store / bare uv", 1.5),
            "imports": Row("E1 build with its spec's imports / bare uv", 1.5),
        }
        self.peer_rows = {
            name: (Row(f"E2 build / {name}", limit), Row(f"E2 with program start / {name}", limit))
            for name, limit in LIMITS.items()
        }
        self.absent: list[str] = []

    def measure(self) -> None:
        """All rounds."""
        peers, absent = ready(self._world, FAST)
        slow, slow_absent = ready(self._world, SLOW)
        self.absent = [*absent, *slow_absent]
        self._build()
        for number in range(ROUNDS):
            least_s = self._build()
            self._against_least(least_s, number)
            chosen = {**peers, **(slow if number < SLOW_ROUNDS else {})}
            started_s = self._start_and_build()
            for name, peer in chosen.items():
                build, start = self.peer_rows[name]
                build.add(least_s, peer.build(self._world.new_path()))
                start.add(started_s, peer.start_and_build(self._world.new_path()))
        for peer in (*peers.values(), *slow.values()):
            peer.close()

    def _against_least(self, least_s: float, number: int) -> None:
        world = self._world
        venv, links = world.new_path(), world.new_path()
        bare_s = self._bare.build(venv)
        if number % 2:  # each side has the other's wake in half of the rounds
            least_s = self._build()
        least_imports_s = self._imports(venv, LEAST_IMPORTS)
        links_s = timed(lambda: copy_links(venv, links))
        first_s = timed(lambda: world.empty_store().ensure(world.spec))
        imports_s = timed(lambda: world.store.ensure(world.with_imports))
        world.set_envs_aside()
        all_imports_s = least_imports_s + self._imports(venv, IMPORTS)
        self.rows["bare"].add(least_s, bare_s + least_imports_s)
        self.rows["links"].add(least_s, links_s + least_imports_s)
        self.rows["first"].add(first_s, bare_s + least_imports_s)
        self.rows["imports"].add(imports_s, bare_s + all_imports_s)

    @property
    def all_rows(self) -> list[Row]:
        """Those that could be measured."""
        pairs = [row for rows in self.peer_rows.values() for row in rows]
        return [row for row in (*self.rows.values(), *pairs) if row.ours]

    def _start_and_build(self) -> float:
        self._world.set_envs_aside()
        return timed(lambda: start_and_ensure(self._world))

    def _build(self) -> float:
        self._world.set_envs_aside()
        return timed(lambda: self._world.store.ensure(self._world.spec))

    def _imports(self, venv: Path, names: tuple[str, ...]) -> float:
        return timed(lambda: import_all(venv, names, {}))
