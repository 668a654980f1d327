"""Builders of envs are killed, hurried and lied to: an env is whole or not there."""

import os
import random
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.fault.census import until
from tests.fault.kit import Goals, Size
from tests.unit.env.toy_store import changes
from tests.unit.env.toy_world import World, make_world
from vlmhb.env.inventory import inventory
from vlmhb.env.published import PublishedEnv
from vlmhb.env.verify import verify
from vlmhb.system.clock import monotonic_s

pytestmark = pytest.mark.uv

LATEST_KILL_S = 0.4
"""A build of these wheels is done by then, on a machine that has nothing else to do."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


def test_a_killed_builder_leaves_no_half_env_no_uv_and_nobody_waits(
    tmp_path: Path, size: Size, goals: Goals, chance: random.Random
):
    tried = size(ci=20, release=200)
    half = built = 0
    worst_s = 0.0
    for number in range(tried):
        world = make_world(tmp_path / f"world-{number}")
        gone_s = kill_a_build(world, chance.uniform(0.0, LATEST_KILL_S))
        worst_s = max(worst_s, gone_s)
        visible = inventory(world.store.root)
        built += len(visible)
        half += sum(1 for env in visible if verify(env).problems)
        lines: list[str] = []
        env = world.store.ensure(world.spec, on_progress=lines.append)

        assert not [line for line in lines if "waiting" in line]
        assert () == changes(env)
        assert [] == world.leftovers
    goals.add(
        "G8",
        tried=tried,
        lost=half,
        worst_s=worst_s,
        note="SIGKILLs of a builder; lost: half envs that could be seen; time until uv is gone",
    )
    assert 0 == half
    assert built < tried, "each kill came too late"


def kill_a_build(world: World, after_s: float) -> float:
    """Seconds until nothing runs any more that the builder had started."""
    child = world.start_ensure()
    assert child.stdout is not None
    child.stdout.readline()
    with suppress(subprocess.TimeoutExpired):
        child.wait(after_s)
    child.send_signal(signal.SIGKILL)
    killed_at_s = monotonic_s()
    child.communicate()
    until(lambda: not at_work_on(world))
    return monotonic_s() - killed_at_s


def at_work_on(world: World) -> list[int]:
    """Processes that were given a path of this world; not this one."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            known = [*process.cmdline(), *process.environ().values()]
            if process.pid != os.getpid() and any(f"{world.folder}/" in word for word in known):
                found.append(process.pid)
    return found


def test_of_four_that_want_one_env_one_builds_and_all_can_use_it(
    tmp_path: Path, size: Size, goals: Goals
):
    tried = size(ci=1, release=20)
    builds = usable = 0
    for number in range(tried):
        world = make_world(tmp_path / f"world-{number}")
        children = [world.start_ensure() for _ in range(4)]
        outputs = [child.communicate()[0] for child in children]

        assert [0] * 4 == [child.returncode for child in children]
        assert 1 == len({output.splitlines()[-1] for output in outputs})
        assert 1 == len(inventory(world.store.root))
        assert [] == world.leftovers
        built_by = [output for output in outputs if output.startswith("building")]
        builds += len(built_by)
        usable += sum("import toy_model" in use(output.splitlines()[-1]) for output in outputs)
        assert 1 == sum(output.count("built in") for output in built_by), "others say they wait"
    goals.add(
        "G8",
        tried=4 * tried,
        lost=4 * tried - usable,
        duplicated=builds - tried,
        note="processes that want one env, four at a time; lost: without an env that works",
    )
    assert (tried, 4 * tried) == (builds, usable)


def use(python: str) -> str:
    """What a worker would do with the env."""
    code = "import toy_model, msgpack; print('import toy_model', toy_model.NUMBER)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout


def test_every_flipped_byte_missing_file_and_extra_file_is_found(
    world: World, size: Size, goals: Goals, chance: random.Random
):
    """A byte in a file that keeps its size and its time is found by reading, the others by looking.

    Looking is what a run does; reading, `vlmhb env verify` and every build.
    """
    env = world.store.ensure(world.spec)
    venv = Path(env.python).parents[1]
    published = PublishedEnv(venv.parent)
    files = sorted(path for path in venv.rglob("*") if path.is_file() and not path.is_symlink())
    damages = (flip_a_byte, take_away, add_a_pth)
    tried, missed = size(ci=150, release=1500), 0
    for number in range(tried):
        victim = chance.choice(files)
        was, times = victim.read_bytes(), victim.stat()
        added = damages[number % 3](victim, chance)
        in_full = damages[number % 3] is flip_a_byte
        missed += not published.differences(in_full=in_full)
        # Through a second name, as one file is in uv's cache and in other envs.
        with suppress(FileNotFoundError):
            added.unlink()
        victim.write_bytes(was)
        os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert () == published.differences()
    goals.add(
        "G8", tried=tried, lost=missed, note="flipped bytes, missing and extra files in an env"
    )
    assert 0 == missed


def flip_a_byte(victim: Path, chance: random.Random) -> Path:
    times = victim.stat()
    content = bytearray(victim.read_bytes() or b"\0")
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    victim.write_bytes(content)
    os.utime(victim, ns=(times.st_atime_ns, times.st_mtime_ns))
    return victim.with_name("nothing")


def take_away(victim: Path, _chance: random.Random) -> Path:
    victim.unlink()
    return victim.with_name("nothing")


def add_a_pth(victim: Path, chance: random.Random) -> Path:
    added = victim.with_name(f"extra-{chance.randrange(1000)}.pth")
    added.write_text("import os\n")
    return added
