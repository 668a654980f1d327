"""Packages that are built from source: only those that are listed, with what is locked."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.env.toy_sources import make_index, make_repository, make_sdist, source_files
from tests.unit.env.toy_store import changes
from tests.unit.env.toy_world import PACKAGES, VERSION, World, make_wheel, make_world
from vlmhb.domain.envspec import EnvSpec
from vlmhb.env import inventory, lock_path, write_lock
from vlmhb.errors import EnvError

pytestmark = pytest.mark.uv

NAME = "from-source"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


@pytest.fixture
def canary(world: World) -> Path:
    return world.folder / "canary"


@pytest.fixture
def index(world: World, canary: Path) -> World:
    """The world with an index that offers the package."""
    return offering(world, canary, {})


def offering(world: World, canary: Path, more_files: dict[str, str]) -> World:
    files = source_files(NAME, "1.0", canary) | more_files
    address = make_index(world.folder / "index", NAME, make_sdist(world.folder, NAME, "1.0", files))
    return replace(world, settings={"UV_DEFAULT_INDEX": address})


def with_source(spec: EnvSpec, requirement: str) -> EnvSpec:
    return replace(
        spec,
        no_deps=(requirement,),
        build={NAME: "there is no wheel"},
        imports=("toy_model", "from_source"),
    )


def seen_in(python: str) -> str:
    argv = [python, "-c", "import from_source; print(from_source.BUILT_WITH)"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_a_listed_sdist_is_built_with_the_locked_packages(index, canary):
    spec = with_source(index.spec, f"{NAME}==1.0")
    write_lock(spec, index.uv)
    assert not canary.exists(), "locking ran a build script"

    env = index.store.ensure(spec)

    assert "toy\n" == seen_in(env.python)
    assert "built\n" == canary.read_text()
    assert (NAME, "1.0") in env.packages
    assert f"{NAME}==1.0" in lock_path(spec).read_text()
    assert () == changes(env)


def test_an_sdist_that_is_not_listed_is_refused_by_name(index, canary):
    spec = replace(index.spec, requirements=(*index.spec.requirements, f"{NAME}==1.0"))

    with pytest.raises(EnvError) as caught:
        write_lock(spec, index.uv)

    assert caught.value.got.startswith(NAME)
    assert "`build`" in str(caught.value.next_step)
    assert not canary.exists()


def test_a_release_without_dependencies_and_without_a_reason_must_have_a_wheel(index, canary):
    spec = replace(with_source(index.spec, f"{NAME}==1.0"), build={})

    with pytest.raises(EnvError, match="has no usable wheels"):
        write_lock(spec, index.uv)

    assert not canary.exists()


def test_a_tampered_sdist_is_refused_before_it_is_built(index, canary):
    spec = with_source(index.spec, f"{NAME}==1.0")
    write_lock(spec, index.uv)
    offering(index, canary, {"evil.py": "x"})

    with pytest.raises(EnvError, match="Hash mismatch") as caught:
        index.store.ensure(spec)

    assert caught.value.got.startswith(NAME)
    assert not canary.exists()
    assert () == inventory(index.store.root)


def test_a_commit_is_built_and_the_lock_names_it_without_an_address(world, canary):
    repository = world.folder / "repository"
    commit = make_repository(repository, source_files(NAME, "2.0", canary))
    spec = with_source(world.spec, f"{NAME} @ git+file://{repository}@{commit}")
    write_lock(spec, world.uv)

    env = world.store.ensure(spec)

    text = lock_path(spec).read_text()
    assert f"# git: {NAME} {commit}\n" in text
    assert "://" not in text
    assert "toy\n" == seen_in(env.python)
    assert (NAME, "2.0") in env.packages
    assert () == changes(env)


def test_a_commit_that_does_not_exist_is_named(world, canary):
    repository = world.folder / "repository"
    make_repository(repository, source_files(NAME, "2.0", canary))
    spec = with_source(world.spec, f"{NAME} @ git+file://{repository}@{'0' * 40}")
    write_lock(spec, world.uv)

    with pytest.raises(EnvError) as caught:
        world.store.ensure(spec)

    assert NAME in caught.value.got.splitlines()[0]
    assert [] == world.leftovers


def test_a_package_without_dependencies_keeps_others_from_bringing_another_version(world):
    """Msgpack is asked for by every env; here it is listed apart, in another version."""
    make_wheel(world.folder, "msgpack", "9999.0", PACKAGES["msgpack"])
    wheel = world.folder / "msgpack-9999.0-py3-none-any.whl"
    address = make_index(world.folder / "index", "msgpack", wheel)
    world = replace(world, settings={"UV_DEFAULT_INDEX": address})
    spec = replace(world.spec, no_deps=("msgpack==9999.0",))
    write_lock(spec, world.uv)

    env = world.store.ensure(spec)

    assert (("msgpack", "9999.0"), ("toy-model", VERSION)) == env.packages


def test_constraints_bound_what_is_pulled_in(world):
    make_wheel(world.folder / "wheels", "msgpack", "10000.0", PACKAGES["msgpack"])
    write_lock(replace(world.spec, constraints=("msgpack<10000",)), world.uv, upgrade=True)

    assert f"msgpack=={VERSION}" in world.lock.read_text()
