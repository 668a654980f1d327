"""What one model needs, in a world of tiny wheels."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import model
from tests.fakes import gpu
from tests.unit.env.toy_world import World, make_world
from vlmhb.cli.checks.check import Check, Status
from vlmhb.cli.checks.interpreters import Interpreters
from vlmhb.cli.checks.model import Here, ModelChecks
from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import FileNeed, ModelSpec
from vlmhb.system.gpus import Driver, Gpu

pytestmark = pytest.mark.uv


MACHINE = {"driver": "ok", "gpu": "ok", "files": "ok", "secrets": "ok"}
"""What a model needs beside its env, where it needs nothing."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One without a network."""
    return replace(make_world(tmp_path / "world"), settings={"UV_OFFLINE": "1"})


def look(
    world: World,
    spec: EnvSpec | None = None,
    asked: ModelSpec | None = None,
    gpus: tuple[Gpu, ...] = (),
):
    """Subject -> check."""
    here = Here(world.store, world.folder / "cache", Interpreters(world.uv), Driver(), gpus)
    checks = ModelChecks(asked or model(), spec or world.spec, here).all()
    return {check.name.removeprefix("model m: "): check for check in checks}


def statuses(found: dict[str, Check]) -> dict[str, str]:
    return {name: check.status.value for name, check in found.items()}


def test_before_a_build_everything_it_takes_is_looked_for(world: World):
    found = look(world)

    # Offline, and the wheels lie in a folder: uv does not say that it need not fetch them.
    expected = {"lock": "ok", "env": "ok", "python": "ok", "wheels": "warn", "disk": "ok"}
    assert expected | MACHINE == statuses(found)
    assert "not built" in found["env"].found
    assert "estimated need" in found["disk"].found


def test_a_built_env_needs_no_wheels_and_no_room(world: World):
    world.store.ensure(world.spec)
    found = look(world)

    assert {"ok"} == set(statuses(found).values())
    assert "toy-world is built" in found["env"].found
    assert "the env is built" == found["disk"].found
    assert "not needed" in found["wheels"].found


def test_packages_in_the_cache_are_linked_and_take_little(world: World):
    world.store.ensure(world.spec)
    elsewhere = replace(world.spec, imports=())
    found = look(world, elsewhere)

    assert "all are in uv's cache" == found["wheels"].found
    assert found["disk"].found.endswith("free, estimated need 0.0 MB")


def test_a_missing_lock_fails_with_the_command_that_writes_it(world: World):
    world.lock.unlink()
    found = look(world)

    assert (Status.FAIL, True) == (
        found["lock"].status,
        "vlmhb env lock toy-world" in found["lock"].fix,
    )
    assert Status.WARN is found["wheels"].status


def test_a_lock_older_than_its_spec_fails(world: World):
    found = look(world, replace(world.spec, requirements=("toy-model==1",)))

    assert (Status.FAIL, True) == (found["lock"].status, "another envspec" in found["lock"].found)


def test_an_interpreter_that_is_not_here_fails_when_none_may_be_downloaded(world: World):
    spec = replace(world.spec, python=">=3.98,<3.99")
    found = look(world, spec)

    assert Status.FAIL is found["python"].status
    assert "uv python install" in found["python"].fix


def test_an_interpreter_that_uv_may_download_is_a_warning(world: World):
    uv = world.uv
    environment = {name: v for name, v in uv.environment.items() if name != "UV_OFFLINE"}
    store = replace(world.store, uv=replace(uv, environment=environment))
    here = Here(store, world.folder / "cache", Interpreters(store.uv), Driver(), ())
    spec = replace(world.spec, python=">=3.98,<3.99")
    found = {check.name: check for check in ModelChecks(model(), spec, here).all()}

    assert Status.WARN is found["model m: python"].status
    assert "the build downloads one" in found["model m: python"].found


def test_a_package_that_is_nowhere_fails_and_is_named(world: World):
    for wheel in (world.folder / "wheels").glob("toy_model*"):
        wheel.unlink()
    found = look(world)

    assert (Status.FAIL, True) == (found["wheels"].status, "toy-model" in found["wheels"].found)
    assert "vlmhb env build toy-world" in found["wheels"].fix


def test_a_file_of_the_model_that_is_missing_fails_with_its_command(world: World):
    needy = model(files=(FileNeed("/nonexistent/file", "apt-get install something"),))
    found = look(world, asked=needy)

    assert (Status.FAIL, "apt-get install something") == (found["files"].status, found["files"].fix)


def test_a_gpu_env_fails_without_a_gpu(world: World):
    found = look(world, replace(world.spec, variant="cu124", min_driver="525.60.13"))

    assert Status.FAIL is found["driver"].status


def test_an_env_of_others_is_tried_and_called_not_locked(world: World):
    lent = EnvSpec(name="lent", folder="/nowhere", imports=("json",), interpreter=sys.executable)
    found = look(world, lent)

    assert {"env": "ok"} | MACHINE == statuses(found)
    assert "not locked" in found["env"].found


def test_an_env_of_others_that_lacks_an_import_fails(world: World):
    spec = EnvSpec(name="l", folder="/", imports=("no_such_module",), interpreter=sys.executable)
    found = look(world, spec)

    assert (Status.FAIL, True) == (found["env"].status, "no_such_module" in found["env"].found)


def test_a_model_that_no_gpu_can_hold_fails_with_both_sizes(world: World):
    asked = model(min_gpu_memory_gib=40.0)
    small, large = gpu("a", 24.0), gpu("b", 80.0)

    assert "fail" == look(world, asked=asked)["gpu"].status.value
    too_small = look(world, asked=asked, gpus=(small,))["gpu"]
    assert "fail" == too_small.status.value
    assert "40 GiB; the largest here, GPU, has 24 GiB" in too_small.found
    enough = look(world, asked=asked, gpus=(small, large))["gpu"]
    assert ("ok", "40 GiB must be free on one of: GPU") == (enough.status.value, enough.found)


def test_a_model_for_two_gpus_is_told_whether_there_are_two(world: World):
    small, large = gpu("a", 24.0), gpu("b", 80.0)
    asked = model(gpus=2)

    one = look(world, asked=asked, gpus=(small,))["gpu"]
    assert ("fail", "it needs 2 GPUs; there is 1 here") == (one.status.value, one.found)
    assert "a pod with more or larger GPUs" in one.fix
    two = look(world, asked=asked, gpus=(small, large))["gpu"]
    assert ("ok", "it takes 2 of: GPU, GPU") == (two.status.value, two.found)


def test_secrets_are_looked_for_by_name_and_never_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    asked = model(secrets=("MY_KEY",))
    missing = look(world, asked=asked)["secrets"]
    monkeypatch.setenv("MY_KEY", "canary")
    there = look(world, asked=asked)["secrets"]

    assert ("fail", "export MY_KEY=...") == (missing.status.value, missing.fix)
    assert ("ok", "set: MY_KEY") == (there.status.value, there.found)
