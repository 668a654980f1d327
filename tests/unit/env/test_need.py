"""What an env would take, in a world of tiny wheels."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.unit.env.toy_world import World, make_world, write_toy_lock
from vlmhb.domain.needs import EnvNeed
from vlmhb.env.need import EnvNeeds
from vlmhb.system.deadline import Deadline

pytestmark = pytest.mark.uv

PINS = ("msgpack==9999.1", "toy-model==9999.1")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


def offline(world: World) -> World:
    return replace(world, settings={"UV_OFFLINE": "1"})


def need(world: World, *, brief: bool = False) -> EnvNeed:
    return EnvNeeds(world.store, brief=brief).of(world.spec)


def wheel_sizes(world: World) -> list[int]:
    return [file.stat().st_size for file in sorted((world.folder / "wheels").glob("*.whl"))]


def test_what_is_missing_is_named_with_its_size_and_a_folder_s_wheels_are_no_download(world: World):
    found = need(world)

    assert (False, True) == (found.is_ready, found.links)
    assert [(pin, True) for pin in PINS] == [(w.name, w.is_here) for w in found.wheels or ()]
    assert wheel_sizes(world) == [wheel.size_bytes for wheel in found.wheels or ()]
    assert 0 == found.download.size_bytes
    assert found.wheels == found.packages


def test_nothing_is_built_by_looking(world: World):
    need(world)

    assert not (world.folder / "envs").exists()


@pytest.mark.parametrize("brief", [False, True])
def test_what_looking_calls_ready_is_not_built_by_a_run(world: World, brief: bool):
    env = world.store.ensure(world.spec)
    said: list[str] = []

    found = need(world, brief=brief)
    world.store.ensure(world.spec, on_progress=said.append)

    assert (True, env.size_bytes) == (found.is_ready, found.size.size_bytes)
    assert [] == said


def test_an_env_that_was_changed_is_to_build_and_a_run_builds_it(world: World):
    env = world.store.ensure(world.spec)
    module = next(Path(env.python).parents[1].rglob("toy_model/__init__.py"))
    module.unlink()
    module.write_text("changed = True\n")
    said: list[str] = []

    found = need(world)
    world.store.ensure(world.spec, on_progress=said.append)

    assert (False, ()) == (found.is_ready, found.wheels)
    assert any("building env" in line for line in said)


def test_packages_in_the_cache_are_not_missing_and_an_env_of_the_lock_tells_the_size(world: World):
    env = world.store.ensure(world.spec)
    other = replace(world.spec, imports=())

    found = EnvNeeds(world.store).of(other)

    assert (False, ()) == (found.is_ready, found.wheels)
    assert env.size_bytes == found.size.size_bytes
    assert "as built from this lock" in found.size.why


def test_a_package_that_is_nowhere_is_an_obstacle_offline_and_unknown_otherwise(world: World):
    for wheel in (world.folder / "wheels").glob("toy_model*"):
        wheel.unlink()

    online, cut_off = need(world), need(offline(world))

    assert (None, None) == (online.wheels, online.obstacle)
    assert "toy-model" in online.unknown
    assert online.download.size_bytes is None
    assert cut_off.obstacle is not None
    assert "toy-model" in cut_off.obstacle.problem


def test_wheels_of_a_bundle_are_here(world: World):
    brought = world.folder / "envs/wheels"
    brought.mkdir(parents=True)
    for wheel in (world.folder / "wheels").glob("toy_model*"):
        shutil.move(wheel, brought)

    found = need(offline(world))

    assert found.obstacle is None
    assert [True, True] == [wheel.is_here for wheel in found.wheels or ()]


def test_a_python_that_is_not_here_is_an_obstacle_where_none_may_be_downloaded(world: World):
    spec = replace(world.spec, python=">=3.98,<3.99")
    write_toy_lock(spec, {})

    cut_off = EnvNeeds(offline(world).store).of(spec)
    online = EnvNeeds(world.store).of(spec)

    assert cut_off.obstacle is not None
    assert "no Python fits >=3.98,<3.99" in cut_off.obstacle.problem
    assert "install one" in cut_off.obstacle.fix
    assert (None, None) == (online.obstacle, online.wheels)
    assert "the build downloads one" in online.notes[0]


@contextmanager
def index_of(folder: Path, asked: list[str]) -> Iterator[str]:
    """An index of the wheels in `folder` that tells no sizes; `asked` gets what it was asked."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def do_GET(self) -> None:
            asked.append(f"GET {self.path}")
            name = self.path.strip("/").replace("-", "_")
            wheels = [file.name for file in folder.glob(f"{name}-*.whl")]
            if not wheels:
                super().do_GET()
                return
            page = "".join(f'<a href="/{one}">{one}</a>' for one in wheels).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def do_HEAD(self) -> None:
            asked.append(f"HEAD {self.path}")
            super().do_HEAD()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_sizes_that_an_index_does_not_tell_are_asked_of_the_server_that_has_the_file(world: World):
    asked: list[str] = []
    wheels = world.folder / "wheels"
    with index_of(wheels, asked) as url:
        far = replace(world, settings={"UV_DEFAULT_INDEX": url, "UV_FIND_LINKS": ""})
        found = need(far)

    assert sum(wheel_sizes(world)) == found.download.size_bytes
    assert [False, False] == [wheel.is_here for wheel in found.wheels or ()]
    assert {f"HEAD /{file.name}" for file in wheels.glob("*.whl")} <= set(asked)


def test_where_files_cannot_be_linked_they_are_copied(world: World):
    store = replace(world.store, root=Path("/dev/shm/vlmhb-test-need"))

    found = EnvNeeds(store).of(world.spec)

    assert found.links is (store.root.parent.stat().st_dev == world.folder.stat().st_dev)


@contextmanager
def endless_index() -> Iterator[str]:
    """An index that never comes to the end of what it says, and is never silent for long."""
    ended = threading.Event()

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            with suppress(OSError):
                while not ended.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        ended.set()
        server.shutdown()


def test_an_index_that_never_ends_is_waited_for_until_the_deadline_and_then_no_more(world: World):
    with endless_index() as url:
        far = replace(world, settings={"UV_DEFAULT_INDEX": url, "UV_FIND_LINKS": ""})
        needs = EnvNeeds(far.store, deadline=Deadline.within(1.0))
        first, second = needs.of(far.spec), needs.of(far.spec)

    assert (None, None) == (first.wheels, first.obstacle)
    assert "takes too long to answer" in first.unknown
    assert first == second


def test_after_the_deadline_no_server_is_asked_for_sizes(world: World):
    asked: list[str] = []
    with index_of(world.folder / "wheels", asked) as url:
        far = replace(world, settings={"UV_DEFAULT_INDEX": url, "UV_FIND_LINKS": ""})
        found = EnvNeeds(far.store, deadline=Deadline(0.0)).of(far.spec)

    assert found.wheels is None
    assert [] == asked


def test_an_env_without_a_lock_is_an_obstacle_and_says_what_mends_it(world: World):
    world.lock.unlink()

    found = need(world)

    assert found.obstacle is not None
    assert "no lock for" in found.obstacle.problem
    assert "vlmhb env lock" in found.obstacle.fix
    assert not EnvNeeds(world.store).is_ready(world.spec)
