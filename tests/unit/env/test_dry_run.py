"""Whether the packages of a lock are to be had, without installing them."""

import hashlib
import sys
from pathlib import Path

import pytest

from tests.unit.env.toy_world import World, make_world
from vlmhb.env.lock import read_lock
from vlmhb.env.uv import Install
from vlmhb.errors import EnvError

pytestmark = pytest.mark.uv


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


def missing(world: World, *, offline: bool = True) -> int:
    lock = world.folder / "lock.txt"
    lock.write_text(read_lock(world.spec).pins_without(()))
    return world.uv.dry_run(Path(sys.executable), lock, Install("copy", offline=offline))


def test_packages_that_the_cache_lacks_are_counted_and_those_it_has_are_not(world: World):
    before = missing(world)
    world.store.ensure(world.spec)

    assert (2, 0) == (before, missing(world))


def test_nothing_is_installed_and_nothing_left(world: World):
    missing(world)

    assert not (world.folder / "envs").exists()
    assert {"cache", "lock.txt", "no-index", "spec", "wheels"} == {
        p.name for p in world.folder.iterdir()
    }


@pytest.mark.parametrize("offline", [True, False])
def test_a_package_that_is_not_to_be_had_is_named(world: World, offline: bool):
    for wheel in (world.folder / "wheels").glob("toy_model*"):
        wheel.unlink()

    with pytest.raises(EnvError, match="toy-model"):
        missing(world, offline=offline)


def test_a_package_in_the_cache_counts_only_with_the_locked_hash(world: World):
    world.store.ensure(world.spec)
    for wheel in (world.folder / "wheels").glob("toy_model*"):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        world.lock.write_text(world.lock.read_text().replace(digest, "0" * 64))

    assert 1 == missing(world)
