"""Envs built by the real uv from tiny wheels."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from importlib.util import cache_from_source
from pathlib import Path

import pytest
import vlmhb_worker

from tests.unit.env.toy_store import changes
from tests.unit.env.toy_world import (
    PACKAGES,
    VERSION,
    World,
    make_wheel,
    make_world,
    write_toy_lock,
)
from vlmhb.domain.envspec import Env
from vlmhb.env.holds import Holds
from vlmhb.env.interpreter import find_interpreter
from vlmhb.env.inventory import inventory
from vlmhb.env.lock import lock_path, read_lock, write_lock
from vlmhb.env.records import site_packages
from vlmhb.env.staging import staging_folder
from vlmhb.env.verify import verify
from vlmhb.errors import EnvError

pytestmark = pytest.mark.uv


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


def packages_folder(env: Env) -> Path:
    return site_packages(Path(env.python).parent.parent)


def test_ensure_builds_an_env_that_imports_what_its_spec_lists(world):
    env = world.store.ensure(world.spec)

    seen = subprocess.run(
        [env.python, "-c", "import toy_model, msgpack; print(toy_model.NUMBER, msgpack.version)"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "0 toy\n" == seen.stdout
    assert (("msgpack", VERSION), ("toy-model", VERSION)) == env.packages
    assert {"TOY": "1"} == env.variables
    assert [env.fingerprint] == [listed.fingerprint for listed in inventory(world.store.root)]
    assert [] == world.leftovers


def test_a_second_ensure_starts_no_process(world):
    built = world.store.ensure(world.spec)

    found = world.store_without_uv.ensure(world.spec)

    assert built == found


def test_the_probe_leaves_the_bytecode_of_a_first_start(world):
    env = world.store.ensure(world.spec)

    cached = packages_folder(env) / "toy_model" / "__pycache__"
    assert ["__init__", "layer_0"] == sorted(path.name.split(".")[0] for path in cached.iterdir())


def test_a_worker_that_writes_no_bytecode_leaves_the_env_as_it_was_built(world):
    env = world.store.ensure(world.spec)

    environment = {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([env.python, "-c", "import toy_model.layer_9"], check=True, env=environment)

    assert env == world.store.find(world.spec)
    assert () == changes(env)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda folder: _flip_a_byte(folder / "toy_model/layer_7.py"), "changed: "),
        (lambda folder: (folder / "toy_model/layer_7.py").unlink(), "missing: "),
        (lambda folder: (folder / "evil.pth").write_text("import os\n"), "extra: "),
    ],
    ids=["flipped byte", "deleted file", "added .pth"],
)
def test_damage_is_found_and_the_env_is_built_again(world, damage, expected):
    env = world.store.ensure(world.spec)
    damage(packages_folder(env))
    lines: list[str] = []

    found = world.store.find(world.spec)
    differences = changes(env)
    again = world.store.ensure(world.spec, on_progress=lines.append)

    assert found is None
    assert [expected] == [difference[: len(expected)] for difference in differences]
    assert "not as it was built" in lines[0]
    assert env.fingerprint == again.fingerprint
    assert () == changes(again)
    assert "NUMBER = 7\n" == (packages_folder(again) / "toy_model/layer_7.py").read_text()
    assert not (packages_folder(again) / "evil.pth").exists()


def _flip_a_byte(path: Path) -> None:
    """In place: through the hardlink this changes uv's cache too."""
    with path.open("r+b") as file:
        file.write(b"M")


def test_a_removed_interpreter_is_found_and_another_one_takes_its_place(world, tmp_path):
    own = _interpreter_of_its_own(tmp_path / "python")
    path = os.pathsep.join([str(own.parent), world.uv.environment["PATH"]])
    uv = replace(world.uv, environment={**world.uv.environment, "PATH": path})
    store = replace(world.store, uv=uv)
    first = store.ensure(world.spec)
    own.unlink()

    found = store.find(world.spec)
    second = store.ensure(world.spec)

    assert str(own) == str(Path(first.python).resolve())
    assert found is None
    assert first.fingerprint != second.fingerprint
    assert (
        "0\n"
        == subprocess.run(
            [second.python, "-c", "import toy_model; print(toy_model.NUMBER)"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )


def _interpreter_of_its_own(prefix: Path) -> Path:
    """This Python under another path, so that a test can delete it."""
    real = Path(sys.base_prefix)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "lib").symlink_to(real / "lib")
    shutil.copy(real / "bin" / name, prefix / "bin" / name)
    return prefix / "bin" / name


def test_a_venv_whose_interpreter_link_is_broken_is_built_again(world):
    env = world.store.ensure(world.spec)
    python = Path(env.python)
    python.unlink()
    python.symlink_to("/nonexistent/python")

    differences = changes(env)
    again = world.store.ensure(world.spec)

    assert ["changed", "interpreter"] == [text.partition(":")[0] for text in differences]
    assert () == changes(again)


def test_an_env_that_is_damaged_while_a_run_uses_it_is_not_taken_away(world):
    env = world.store.ensure(world.spec)
    other_run = Holds()
    other_run.take(Path(env.python).parents[2])
    (packages_folder(env) / "evil.pth").write_text("import os\n")

    with pytest.raises(EnvError, match="a run is using it"):
        world.store.ensure(world.spec)

    other_run.drop(Path(env.python).parents[2])
    assert () == changes(world.store.ensure(world.spec))


def test_offline_a_changed_cache_is_named_and_online_it_is_mended(world):
    env = world.store.ensure(world.spec)
    _flip_a_byte(packages_folder(env) / "toy_model/layer_7.py")

    with pytest.raises(EnvError, match=r"toy-model: changed: .*layer_7\.py"):
        replace(world.store, offline=True).ensure(world.spec)

    assert () == changes(world.store.ensure(world.spec))


def test_uv_offline_keeps_the_cache_s_copy_of_what_cannot_be_fetched_again(world):
    env = world.store.ensure(world.spec)
    _flip_a_byte(packages_folder(env) / "toy_model/layer_7.py")
    offline = replace(world, settings={"UV_OFFLINE": "1"})

    with pytest.raises(EnvError, match="toy-model: changed: "):
        offline.store.ensure(world.spec)

    assert list((world.folder / "cache").rglob("layer_8.py"))


def test_a_flipped_byte_that_keeps_size_and_time_is_found_by_reading(world):
    env = world.store.ensure(world.spec)
    path = packages_folder(env) / "toy_model/layer_7.py"
    before = path.stat()
    _flip_a_byte(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    differences = changes(env)

    assert ["layer_7.py"] == [Path(difference).name for difference in differences]


def test_what_only_reading_finds_is_found_by_the_next_build_too(world):
    """A build trusts what an earlier one read, until somebody reads again and finds it changed."""
    env = world.store.ensure(world.spec)
    path = packages_folder(env) / "toy_model/layer_7.py"
    before = path.stat()
    _flip_a_byte(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    lines: list[str] = []

    changes(env)
    Path(env.python).parent.parent.rename(world.folder / "removed")
    again = world.store.ensure(world.spec, on_progress=lines.append)

    assert "toy-model" in "".join(line for line in lines if "changed copies" in line)
    assert "NUMBER = 7\n" == (packages_folder(again) / "toy_model/layer_7.py").read_text()


def test_a_build_leaves_the_bytecode_of_the_worker(world):
    cached = Path(cache_from_source(Path(vlmhb_worker.__file__).with_name("serve.py")))
    cached.unlink(missing_ok=True)

    env = world.store.ensure(world.spec)

    tag = [env.python, "-c", "import sys; print(sys.implementation.cache_tag)"]
    name = subprocess.run(tag, check=True, capture_output=True, text=True).stdout.strip()
    assert (cached.parent / f"serve.{name}.pyc").is_file()


def test_a_tampered_lock_is_refused_with_the_package_and_both_hashes(world):
    text = world.lock.read_text()
    world.lock.write_text(text[:-65] + "0" * 64 + "\n")

    with pytest.raises(EnvError) as caught:
        world.store.ensure(world.spec)

    assert caught.value.got.startswith(f"toy-model=={VERSION}\n")
    assert "Expected:" in caught.value.got
    assert "Computed:" in caught.value.got
    assert () == inventory(world.store.root)
    assert [] == world.leftovers


def test_a_package_that_was_never_downloaded_is_named_when_offline(world):
    (world.folder / "wheels" / f"toy_model-{VERSION}-py3-none-any.whl").unlink()

    with pytest.raises(EnvError, match=r"toy-model") as caught:
        replace(world.store, offline=True).ensure(world.spec)

    assert "toy-model" == caught.value.got.splitlines()[0].partition("=")[0]


def test_an_import_that_fails_is_named_and_nothing_is_published(world):
    spec = replace(world.spec, imports=("toy_model", "no_such_module"))

    with pytest.raises(EnvError, match="import of no_such_module failed"):
        world.store.ensure(spec)

    assert () == inventory(world.store.root)
    assert [] == world.leftovers


def test_an_overlay_is_placed_and_part_of_the_fingerprint(world):
    overlay = Path(world.spec.folder) / "overlay"
    overlay.mkdir()
    (overlay / "shim.py").write_text("VALUE = 1\n")
    spec = replace(world.spec, overlay="overlay", imports=("toy_model", "shim"))
    first = world.store.ensure(spec)
    (overlay / "shim.py").write_text("VALUE = 2\n")

    second = world.store.ensure(spec)

    assert "VALUE = 1\n" == (packages_folder(first) / "shim.py").read_text()
    assert "VALUE = 2\n" == (packages_folder(second) / "shim.py").read_text()
    assert first.fingerprint != second.fingerprint


@pytest.mark.parametrize("record", [None, "\nshim.py,,\n\n"], ids=["no list", "blank lines"])
def test_an_overlay_may_bring_what_makes_a_package_known(world, record: str | None):
    info = Path(world.spec.folder) / "overlay/shim-2.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shim\nVersion: 2\n")
    (info.parent / "shim.py").touch()
    if record is not None:
        (info / "RECORD").write_text(record)

    env = world.store.ensure(replace(world.spec, overlay="overlay"))

    assert ("shim", "2") in env.packages
    assert () == changes(env)


def test_an_overlay_over_a_package_file_does_not_change_the_cache(world):
    plain = world.store.ensure(world.spec)
    overlay = Path(world.spec.folder) / "overlay" / "toy_model"
    overlay.mkdir(parents=True)
    (overlay / "layer_3.py").write_text("NUMBER = 33\n")
    spec = replace(world.spec, overlay="overlay")
    lines: list[str] = []

    patched = world.store.ensure(spec, on_progress=lines.append)

    assert ['building env "toy-world"'] == lines[:-1]
    assert "NUMBER = 33\n" == (packages_folder(patched) / "toy_model/layer_3.py").read_text()
    assert () == changes(plain)


def test_of_two_builders_that_see_no_lock_of_each_other_both_get_one_env(world):
    """As on a file system without locks: the rename decides."""
    first = world.start_ensure()
    assert first.stdout is not None
    first.stdout.readline()
    first.send_signal(signal.SIGSTOP)
    for lock in (world.folder / "envs/locks").iterdir():
        lock.unlink()
    second = world.start_ensure()
    built = second.communicate()[0]
    first.send_signal(signal.SIGCONT)

    outputs = [first.communicate()[0], built]

    assert [0, 0] == [first.returncode, second.returncode]
    assert "building" in built
    assert 1 == len({output.splitlines()[-1] for output in outputs})
    assert [()] == [verify(env).problems for env in inventory(world.store.root)]
    assert [] == world.leftovers


def test_scripts_of_packages_work_where_an_env_ends_up_and_after_a_move(world, tmp_path):
    """They name their interpreter, which had another place while the env was built."""
    script = "#!python\nimport toy_model\nprint('toy', toy_model.NUMBER)\n"
    files = {**PACKAGES["toy-model"], f"toy_model-{VERSION}.data/scripts/toy": script}
    hashes = {
        name: make_wheel(world.folder / "wheels", name, VERSION, contents)
        for name, contents in {**PACKAGES, "toy-model": files}.items()
    }
    write_toy_lock(world.spec, hashes)
    env = world.store.ensure(world.spec)
    venv = Path(env.python).parents[1]

    said = [subprocess.run([venv / "bin/toy"], capture_output=True, text=True, check=True).stdout]
    venv.rename(tmp_path / "moved")
    moved = tmp_path / "moved/bin/toy"
    said.append(subprocess.run([moved], capture_output=True, text=True, check=True).stdout)

    assert ["toy 0\n"] * 2 == said


def test_a_build_sweeps_what_dead_builders_left(world):
    with staging_folder(world.folder) as living:
        dead = living.name.rpartition("_")[0] + "_1-dead"
    left = world.folder / "envs" / dead / "env" / "venv"
    left.mkdir(parents=True)

    world.store.ensure(world.spec)

    assert [] == world.leftovers


def test_a_build_nobody_wants_any_more_stops_and_leaves_nothing(world):
    cancelled = threading.Event()

    with pytest.raises(EnvError, match="stopped"):
        world.store.ensure(
            world.spec, cancelled=cancelled, on_progress=lambda _line: cancelled.set()
        )

    assert () == inventory(world.store.root)
    assert [] == world.leftovers


def test_a_store_that_cannot_be_written_is_reported_with_its_place(world):
    (world.folder / "envs").write_text("a file, not a folder")

    with pytest.raises(EnvError, match="envs"):
        world.store.ensure(world.spec)


def test_a_cache_on_another_mount_is_copied_and_said(world):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == world.folder.stat().st_dev:
        pytest.skip("there is no second mount here")
    cache = other / f"vlmhb-test-{os.getpid()}"
    uv = replace(world.uv, environment={**world.uv.environment, "UV_CACHE_DIR": str(cache)})
    lines: list[str] = []
    try:
        env = replace(world.store, uv=uv).ensure(world.spec, on_progress=lines.append)
    finally:
        subprocess.run(["rm", "-r", str(cache)], check=True)

    assert "every file is copied" in "\n".join(lines)
    assert () == changes(env)


def test_a_lock_is_written_with_hashes_the_worker_needs_and_no_place(world):
    (world.folder / "spec2").mkdir()
    spec = replace(world.spec, folder=str(world.folder / "spec2"))

    write_lock(spec, world.uv)

    text = lock_path(spec).read_text()
    assert read_lock(spec).content.decode() == text
    assert f"msgpack=={VERSION}" in text
    assert f"toy-model=={VERSION}" in text
    assert str(world.folder) not in text
    assert "://" not in text


def test_a_lock_keeps_its_versions_until_it_is_asked_to_upgrade(world):
    make_wheel(world.folder / "wheels", "msgpack", "10000.0", PACKAGES["msgpack"])

    write_lock(world.spec, world.uv)
    kept = world.lock.read_text()
    write_lock(world.spec, world.uv, upgrade=True)

    assert f"msgpack=={VERSION}" in kept
    assert "msgpack==10000.0" in world.lock.read_text()


def test_a_lock_with_a_byte_that_is_no_utf_8_keeps_its_versions_too(world):
    make_wheel(world.folder / "wheels", "msgpack", "10000.0", PACKAGES["msgpack"])
    world.lock.write_bytes(world.lock.read_bytes() + b"# caf\xe9\n")

    write_lock(world.spec, world.uv)

    assert f"msgpack=={VERSION}" in world.lock.read_text()


def test_a_folder_s_other_build_of_a_version_is_not_taken(world):
    """As the CPU build of torch, which many machines have in a folder, for a CUDA variant."""
    make_wheel(world.folder / "wheels", "toy-model", f"{VERSION}+cpu", PACKAGES["toy-model"])

    write_lock(world.spec, world.uv, upgrade=True)
    env = world.store.ensure(world.spec)

    assert f"toy-model=={VERSION} " in world.lock.read_text()
    assert ("toy-model", VERSION) in env.packages


def test_another_build_of_torch_than_the_variant_s_is_refused_when_nobody_pins_it(world):
    make_wheel(world.folder / "wheels", "torch", "1.0+cpu", PACKAGES["msgpack"])
    spec = replace(world.spec, requirements=("torch",), variant="cu124")

    with pytest.raises(EnvError, match=r"pin torch==1\.0 in the requirements of this variant"):
        write_lock(spec, world.uv)

    assert not lock_path(spec).exists()


def test_overrides_replace_what_a_package_asks_for(world):
    spec = replace(world.spec, overrides=("msgpack==10000.0",))
    make_wheel(world.folder / "wheels", "msgpack", "10000.0", PACKAGES["msgpack"])
    make_wheel(world.folder / "wheels", "msgpack", "10001.0", PACKAGES["msgpack"])

    write_lock(spec, world.uv)

    assert "msgpack==10000.0" in lock_path(spec).read_text()


def test_requirements_without_a_solution_are_named(world):
    spec = replace(world.spec, requirements=("toy-model==1",))

    with pytest.raises(EnvError, match="toy-model"):
        write_lock(spec, world.uv)


def test_a_python_that_is_not_here_is_answered_with_those_that_are(world):
    with pytest.raises(EnvError) as caught:
        find_interpreter(">=3.98,<3.99", world.uv)

    version = f"{sys.version_info.major}.{sys.version_info.minor}."
    assert "no Python fits" in str(caught.value)
    assert version in caught.value.got
    assert "uv python install" in str(caught.value.next_step)
