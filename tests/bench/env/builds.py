"""E1 and E2: a build with a warm cache, beside the least it could take and beside its peers."""

from pathlib import Path

from tests.bench.env.crowd import start_and_ensure
from tests.bench.env.peers import LIMITS, PROGRAMS, ready
from tests.bench.env.peers.bare_uv import BareUv
from tests.bench.env.world import IMPORTS, LEAST_IMPORTS, World, copy_links, import_all
from tests.bench.row import Row, timed_s

ROUNDS = 7


class Builds:
    """The rows of a build; both sides of E1 try the same imports."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bare = BareUv(world)
        bare = "bare uv"
        self._least = {
            "bare": Row("E1", "build", "s", bare, 1.5),
            "links": Row("E1", "build", "s", "`cp -al`", 2.0),
            "first": Row("E1", "first build of an empty store", "s", bare, 1.5),
            "imports": Row("E1", "build that tries its spec's imports", "s", bare, 1.5),
        }
        self._peers = {name: Row("E2", "build", "s", name, limit) for name, limit in LIMITS.items()}
        self._started = {
            name: Row("E2", "build with the start of its program", "s", name, limit)
            for name, limit in LIMITS.items()
        }
        self._absent: list[Row] = []

    @property
    def rows(self) -> list[Row]:
        """Of all peers, also of those that could not be had."""
        found = [*self._least.values(), *self._peers.values(), *self._started.values()]
        return [*(row for row in found if row.ours), *self._absent]

    def measure(self) -> None:
        """All rounds."""
        peers, absent = ready(self._world)
        self._absent = [
            Row("E2", "build", "s", name, LIMITS[name], absent=reason)
            for name, reason in absent.items()
        ]
        self._build()
        for number in range(ROUNDS):
            least_s = self._build()
            self._against_least(least_s, number)
            started_s = self._start_and_build()
            for name, peer in peers.items():
                peer_s = peer.build(self._world.new_path())
                self._peers[name].add(least_s, peer_s)
                if name not in PROGRAMS:
                    peer_s = peer.start_and_build(self._world.new_path())
                self._started[name].add(started_s, peer_s)
        for peer in peers.values():
            peer.close()

    def _against_least(self, least_s: float, number: int) -> None:
        world = self._world
        venv, links = world.new_path(), world.new_path()
        bare_s = self._bare.build(venv)
        if number % 2:  # each side has the other's wake in half of the rounds
            least_s = self._build()
        least_imports_s = self._imports(venv, LEAST_IMPORTS)
        links_s = timed_s(lambda: copy_links(venv, links))
        first_s = timed_s(lambda: world.empty_store().ensure(world.spec))
        imports_s = timed_s(lambda: world.store.ensure(world.with_imports))
        world.set_envs_aside()
        all_imports_s = least_imports_s + self._imports(venv, IMPORTS)
        self._least["bare"].add(least_s, bare_s + least_imports_s)
        self._least["links"].add(least_s, links_s + least_imports_s)
        self._least["first"].add(first_s, bare_s + least_imports_s)
        self._least["imports"].add(imports_s, bare_s + all_imports_s)

    def _start_and_build(self) -> float:
        self._world.set_envs_aside()
        return timed_s(lambda: start_and_ensure(self._world))

    def _build(self) -> float:
        self._world.set_envs_aside()
        return timed_s(lambda: self._world.store.ensure(self._world.spec))

    def _imports(self, venv: Path, names: tuple[str, ...]) -> float:
        return timed_s(lambda: import_all(venv, names, {}))
