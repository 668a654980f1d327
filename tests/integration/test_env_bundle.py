"""Envs that go to a machine without a network in one file."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.env.toy_sources import make_index, make_repository, make_sdist, source_files
from tests.unit.env.toy_store import changes
from tests.unit.env.toy_world import PACKAGES, VERSION, World, make_wheel, make_world
from vlmhb.cli.envs.details import details
from vlmhb.config import load_variants
from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.env import EnvStore, Uv, lock_path, read_lock, write_lock
from vlmhb.env.bundled_spec import Envspecs
from vlmhb.env.caller import Caller
from vlmhb.env.holds import Holds
from vlmhb.env.pack import pack
from vlmhb.env.unpack import unpack
from vlmhb.errors import EnvError, StorageError

pytestmark = pytest.mark.uv

NAME = "toy-world"
WHEEL = f"wheels/toy_model-{VERSION}-py3-none-any.whl"


@dataclass(frozen=True)
class Machine:
    """A user's folder with envspecs, an env store and a uv cache of its own."""

    folder: Path
    settings: Mapping[str, str]
    """Variables of uv."""
    holds: Holds = field(default_factory=Holds)

    @property
    def store(self) -> EnvStore:
        uv = Uv.installed()
        own = {
            "UV_CACHE_DIR": str(self.folder / "cache"),
            "UV_FIND_LINKS": "",
            "UV_OFFLINE": "1",
            **self.settings,
        }
        environment = {name: v for name, v in {**uv.environment, **own}.items() if v}
        uv = replace(uv, environment=environment)
        return EnvStore(self.folder / "envs", uv=uv, holds=self.holds)

    @property
    def home(self) -> Path:
        return self.folder / "envspecs"

    @property
    def spec(self) -> EnvSpec:
        return load_variants(NAME, self.folder)[0]

    def library(self, name: str) -> EnvSpec | None:
        return load_variants(name, self.folder)[0] if (self.home / name).exists() else None

    def write_spec(self, world: World, **more: object) -> None:
        """An envspec for the packages of `world`, with its lock."""
        folder = self.home / NAME
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "python": world.spec.python,
            "requirements": list(world.spec.requirements),
            "imports": ["toy_model"],
            **more,
        }
        (folder / "envspec.yaml").write_text(yaml.safe_dump(content))
        write_lock(self.spec, self.store.uv)

    def pack(self, name: str = "bundle.tar") -> Path:
        output = self.folder / name
        pack([self.spec], output, self.store, Caller())
        return output

    def unpack(self, bundle: Path, lines: list[str] | None = None) -> Env:
        caller = Caller.of((lines if lines is not None else []).append, None)
        envspecs = Envspecs(self.library, lambda file: load_variants(str(file)), self.home)
        (env,) = unpack(bundle, self.store, envspecs, caller)
        return env

    @property
    def kept(self) -> list[str]:
        """What there is in the store, without what every look at it makes."""
        files = (path for path in (self.folder / "envs").rglob("*") if path.is_file())
        return sorted(path.name for path in files)


def make_connected(folder: Path, world: World) -> Machine:
    machine = Machine(folder, {"UV_FIND_LINKS": str(world.folder / "wheels")})
    machine.write_spec(world)
    return machine


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path / "world")


@pytest.fixture
def connected(tmp_path: Path, world: World) -> Machine:
    return make_connected(tmp_path / "connected", world)


@pytest.fixture(scope="module")
def packed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    return make_connected(folder / "connected", make_world(folder / "world")).pack()


@pytest.fixture
def packed(packed_once: Path, tmp_path: Path) -> Path:
    """A bundle that the test may change."""
    return Path(shutil.copy(packed_once, tmp_path))


@pytest.fixture
def closed(tmp_path: Path) -> Machine:
    """It has nothing but an interpreter."""
    return Machine(tmp_path / "closed", {})


def seen_in(env: Env, code: str) -> str:
    argv = [env.python, "-c", code]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_a_closed_machine_builds_what_a_connected_one_packed(connected, closed, world):
    bundle = connected.pack()
    shutil.rmtree(world.folder)
    shutil.rmtree(connected.folder / "cache")
    lines: list[str] = []

    env = closed.unpack(bundle, lines)

    assert "0\n" == seen_in(env, "import toy_model; print(toy_model.NUMBER)")
    assert (("msgpack", VERSION), ("toy-model", VERSION)) == env.packages
    placed = f"envspec {NAME} of this bundle is now in {closed.home / NAME}"
    assert placed in lines
    assert env == closed.store.find(closed.spec)


def test_an_env_that_was_damaged_is_built_again_from_the_wheels_that_stay(packed, closed):
    env = closed.unpack(packed)
    shutil.rmtree(closed.folder / "cache")
    next(Path(env.python).parents[1].rglob("layer_7.py")).write_text("NUMBER = 8\n")

    again = replace(closed.store, offline=True).ensure(closed.spec)

    assert env.fingerprint == again.fingerprint
    assert "7\n" == seen_in(again, "from toy_model.layer_7 import NUMBER; print(NUMBER)")


def test_an_envspec_that_is_known_here_is_used_and_left_alone(connected, closed, world):
    shutil.copytree(connected.home, closed.home)
    (closed.home / NAME / "mine.txt").write_text("a note")
    lines: list[str] = []

    env = closed.unpack(connected.pack(), lines)

    assert env.name == NAME
    assert (closed.home / NAME / "mine.txt").exists()
    assert not [line for line in lines if "is now in" in line]


def test_an_envspec_with_another_lock_is_not_overwritten(connected, closed, world):
    shutil.copytree(connected.home, closed.home)
    lock = lock_path(closed.spec)
    lock.write_text(lock.read_text() + "# another\n")

    with pytest.raises(EnvError) as caught:
        closed.unpack(connected.pack())

    assert f"lock, with sha256 {read_lock(closed.spec).sha256}" in caught.value.got
    assert read_lock(connected.spec).sha256 in str(caught.value.expected)
    assert [] == closed.kept


def add_overlay(machine: Machine, world: World, value: int) -> None:
    overlay = machine.home / NAME / "shims"
    overlay.mkdir(exist_ok=True)
    (overlay / "shim.py").write_text(f"VALUE = {value}\n")
    machine.write_spec(world, overlay="shims")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"variables": {"TOY": "2"}}, "variables"),
        ({"imports": ["msgpack"]}, "imports"),
        ({"network": True}, "network"),
    ],
)
def test_an_envspec_that_says_something_else_of_the_same_lock_is_not_used(
    connected, closed, world, more, expected
):
    bundle = connected.pack()
    connected.write_spec(world, **more)
    shutil.copytree(connected.home, closed.home)

    with pytest.raises(EnvError, match=f"not the same: {expected}\n"):
        closed.unpack(bundle)


def test_an_overlay_of_the_same_name_is_not_the_same_overlay(connected, closed, world):
    add_overlay(connected, world, 5)
    bundle = connected.pack()
    shutil.copytree(connected.home, closed.home)
    (closed.home / NAME / "shims/shim.py").write_text("VALUE = 6\n")

    with pytest.raises(EnvError, match="not the same: overlay\n"):
        closed.unpack(bundle)


def test_an_overlay_travels_along(connected, closed, world):
    overlay = connected.home / NAME / "shims"
    overlay.mkdir()
    (overlay / "shim.py").write_text("VALUE = 5\n")
    connected.write_spec(world, overlay="shims", imports=["toy_model", "shim"])

    env = closed.unpack(connected.pack())

    assert "5\n" == seen_in(env, "import shim; print(shim.VALUE)")


def test_equal_envs_give_equal_bundles(connected):
    first = connected.pack("first.tar")
    second = connected.pack("second.tar")

    assert first.read_bytes() == second.read_bytes()
    assert ["cache", "envspecs", "first.tar", "second.tar"] == sorted(
        path.name for path in connected.folder.iterdir()
    )


def test_a_wheel_that_is_there_with_other_contents_is_kept(packed, closed):
    closed.unpack(packed)
    wheel = closed.folder / "envs" / WHEEL
    wheel.write_bytes(b"another")

    with pytest.raises(EnvError, match="is another file, with sha256"):
        closed.unpack(packed)

    assert b"another" == wheel.read_bytes()


@pytest.fixture
def canary(world: World) -> Path:
    return world.folder / "canary"


def from_git(world: World, canary: Path) -> tuple[str, dict[str, str]]:
    repository = world.folder / "repository"
    commit = make_repository(repository, source_files("from-source", "2.0", canary))
    return f"from-source @ git+file://{repository}@{commit}", {}


def from_sdist(world: World, canary: Path) -> tuple[str, dict[str, str]]:
    files = source_files("from-source", "2.0", canary)
    sdist = make_sdist(world.folder, "from-source", "2.0", files)
    address = make_index(world.folder / "index", "from-source", sdist)
    return "from-source==2.0", {"UV_DEFAULT_INDEX": address}


@pytest.mark.parametrize("source", [from_git, from_sdist])
def test_what_is_built_from_source_travels_as_a_wheel(connected, closed, world, canary, source):
    requirement, settings = source(world, canary)
    connected = replace(connected, settings={**connected.settings, **settings})
    connected.write_spec(
        world,
        no_deps=[requirement],
        build={"from-source": "there is no wheel"},
        imports=["toy_model", "from_source"],
    )
    bundle = connected.pack()
    built = canary.read_text()
    for name in ("repository", "index", "wheels"):
        shutil.rmtree(world.folder / name, ignore_errors=True)
    lines: list[str] = []

    env = closed.unpack(bundle, lines)

    assert ("from-source", "2.0") in env.packages
    assert "toy\n" == seen_in(env, "import from_source; print(from_source.BUILT_WITH)")
    assert built == canary.read_text()
    assert not [line for line in lines if "from source" in line]
    ((package, sha256),) = env.built_elsewhere
    (wheel,) = (closed.folder / "envs/wheels/built").rglob("*.whl")
    assert ("from-source", hashlib.sha256(wheel.read_bytes()).hexdigest()) == (package, sha256)
    assert env == replace(closed, holds=Holds()).store.find(closed.spec)
    assert () == changes(env)


@pytest.fixture
def source(connected: Machine, world: World, canary: Path) -> Machine:
    """A machine whose envspec has something built from source."""
    requirement, _ = from_git(world, canary)
    connected.write_spec(
        world,
        no_deps=[requirement],
        build={"from-source": "there is no wheel"},
        imports=["toy_model", "from_source"],
    )
    return connected


def test_what_was_built_elsewhere_gives_an_env_of_its_own(source, closed):
    here = source.store.ensure(source.spec)

    there = closed.unpack(source.pack())

    ((_, sha256),) = there.built_elsewhere
    (shown,) = details(closed.store, there.fingerprint[:12])
    assert () == here.built_elsewhere
    assert here.packages == there.packages
    assert here.fingerprint != there.fingerprint
    assert [
        line
        for line in shown.text(with_packages=False)
        if f"from-source, wheel sha256 {sha256}" in line
    ]


def test_wheels_that_were_built_another_time_are_not_passed_over(source, closed, tmp_path):
    bundle = source.pack()
    closed.unpack(Path(shutil.copy(bundle, tmp_path / "first.tar")))
    before = closed.kept

    with pytest.raises(EnvError, match="built from source another time"):
        closed.unpack(edited(bundle, other_built_wheel))

    assert before == closed.kept
    assert closed.unpack(tmp_path / "first.tar").built_elsewhere


@pytest.fixture
def private_index(world: World) -> Iterator[str]:
    """The address of an index with the world's wheels that asks for a name and a password."""
    folder = world.folder / "index"
    for name in PACKAGES:
        (wheel,) = (world.folder / "wheels").glob(f"{name.replace('-', '_')}-*.whl")
        make_index(folder, name, wheel)

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers["Authorization"] == f"Basic {b64encode(b'me:p@ss').decode()}":
                super().do_GET()
            else:
                self.send_error(401)

        def log_message(self, *_args: object) -> None:
            pass

    serve = partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://me:p%40ss@127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_index_that_asks_for_a_password_gets_it(tmp_path, world, closed, private_index):
    """Uv keeps the login out of the addresses that it tells."""
    settings = {"UV_DEFAULT_INDEX": private_index, "UV_OFFLINE": ""}
    machine = Machine(tmp_path / "connected", settings)
    machine.write_spec(world)

    bundle = machine.pack()

    assert NAME == closed.unpack(bundle).name
    assert b"p%40ss" not in bundle.read_bytes()


def test_a_built_wheel_that_was_changed_since_is_refused(connected, closed, world, canary):
    requirement, _ = from_git(world, canary)
    connected.write_spec(world, no_deps=[requirement], build={"from-source": "there is no wheel"})
    env = closed.unpack(connected.pack())
    (wheel,) = (closed.folder / "envs/wheels/built").rglob("*.whl")
    make_wheel(wheel.parent, "from-source", "2.0", {"from_source.py": "evil = 1\n"})
    shutil.rmtree(Path(env.python).parents[2])
    shutil.rmtree(closed.folder / "cache")

    with pytest.raises(EnvError, match="Hash mismatch"):
        closed.store.ensure(closed.spec)


def test_a_file_that_is_not_the_locked_one_is_not_packed(connected, world):
    make_wheel(world.folder / "wheels", "toy-model", VERSION, {"toy_model/__init__.py": "evil"})

    with pytest.raises(EnvError, match=rf"toy-model=={VERSION}"):
        connected.pack()

    assert not (connected.folder / "bundle.tar").exists()


def test_an_env_of_others_is_not_packed_and_leaves_nothing(connected):
    spec = replace(connected.spec, interpreter="/usr/bin/python3", python="")

    with pytest.raises(EnvError, match="nothing is locked"):
        pack([spec], connected.folder / "bundle.tar", connected.store, Caller())

    assert [] == list(connected.folder.glob(".bundle*"))


def test_a_folder_that_is_not_there_is_not_made(connected):
    with pytest.raises(StorageError, match=r"there is no folder .*/missing") as caught:
        connected.pack("missing/bundle.tar")

    assert "--output" in str(caught.value)
    assert not (connected.folder / "missing").exists()


def test_a_disk_that_refuses_is_answered_with_what_can_be_chosen(packed, closed, connected):
    (connected.folder / ".bundle.tar.collected").write_text("in the way")
    with pytest.raises(StorageError, match="another folder with --output"):
        connected.pack()

    closed.folder.mkdir()
    (closed.folder / "envs").write_text("in the way")
    with pytest.raises(StorageError, match="set VLMHB_ENVS"):
        closed.unpack(packed)


Edit = Callable[[dict[str, Any], dict[str, bytes]], None]


def edited(bundle: Path, edit: Edit) -> Path:
    """The bundle with its list and files changed; the list's own hashes are as `edit` leaves."""
    with tarfile.open(bundle) as tar:
        files = {m.name: tar.extractfile(m).read() for m in tar}  # type: ignore[union-attr]
    index = json.loads(files.pop("bundle.json"))
    edit(index, files)
    with tarfile.open(bundle, "w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in {"bundle.json": json.dumps(index).encode(), **files}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return bundle


def renamed(name: str) -> Edit:
    """A file is called otherwise, on the list too."""

    def edit(index: dict[str, Any], files: dict[str, bytes]) -> None:
        index["files"][name] = index["files"].pop(WHEEL)
        index["envs"][0]["wheels"] = [
            name if path == WHEEL else path for path in index["envs"][0]["wheels"]
        ]
        files[name] = files.pop(WHEEL)

    return edit


def changed_byte(_index: dict[str, Any], files: dict[str, bytes]) -> None:
    content = bytearray(files[WHEEL])
    content[100] ^= 1
    files[WHEEL] = bytes(content)


def other_lock(index: dict[str, Any], files: dict[str, bytes]) -> None:
    name = index["envs"][0]["lock"]
    files[name] += b"# another\n"


def extra_file(_index: dict[str, Any], files: dict[str, bytes]) -> None:
    files["wheels/evil-1.0-py3-none-any.whl"] = b"evil"


def listed_extra_file(index: dict[str, Any], files: dict[str, bytes]) -> None:
    extra_file(index, files)
    index["files"]["wheels/evil-1.0-py3-none-any.whl"] = {"sha256": "0" * 64, "size_bytes": 4}


def left_out(_index: dict[str, Any], files: dict[str, bytes]) -> None:
    del files[WHEEL]


def longer(_index: dict[str, Any], files: dict[str, bytes]) -> None:
    files[WHEEL] += b"more"


def rewritten(index: dict[str, Any], files: dict[str, bytes], path: str, content: bytes) -> None:
    """A file with another content, on the list too."""
    files[path] = content
    sha256 = hashlib.sha256(content).hexdigest()
    index["files"][path] = {"sha256": sha256, "size_bytes": len(content)}


def other_wheel(index: dict[str, Any], files: dict[str, bytes]) -> None:
    rewritten(index, files, WHEEL, files[WHEEL] + b"more")


def other_spec(**more: object) -> Edit:
    def edit(index: dict[str, Any], files: dict[str, bytes]) -> None:
        path = f"envspecs/{NAME}/envspec.yaml"
        content = {**yaml.safe_load(files[path]), **more}
        content = {name: value for name, value in content.items() if value is not None}
        rewritten(index, files, path, yaml.safe_dump(content).encode())

    return edit


def built_wheel(name: str) -> Edit:
    """A wheel that nobody asked to be built, where those belong that were."""

    def edit(index: dict[str, Any], files: dict[str, bytes]) -> None:
        env = index["envs"][0]
        python = env["interpreter"].rpartition(".")[0]
        path = f"wheels/built/{env['lock_sha256'][:16]}-{python}/{name}"
        env["built"].append(path)
        rewritten(index, files, path, b"evil")

    return edit


def other_built_wheel(index: dict[str, Any], files: dict[str, bytes]) -> None:
    (path,) = index["envs"][0]["built"]
    rewritten(index, files, path, b"another")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (built_wheel("evil-1.0-py3-none-any.whl"), "does not have evil built from source"),
        (built_wheel("msgpack-9-py3-none-any.whl"), "does not have msgpack built from source"),
        (other_wheel, f"{WHEEL} is not in its lock"),
        (other_spec(interpreter="/usr/bin/python3"), "envspec of toy-world"),
        (
            other_spec(interpreter="/usr/bin/python3", **dict.fromkeys(("python", "requirements"))),
            "does not belong to its lock",
        ),
        (other_spec(nonsense=1), "nonsense"),
        (other_spec(requirements=["six"]), "written for another envspec"),
        (other_spec(python=">=3.7"), "does not belong to its lock"),
        (other_spec(overlay="none"), "overlay"),
        (
            lambda index, _files: index["envs"][0].update(name=f"{NAME}@cpu_x"),
            "does not belong to its lock",
        ),
        (changed_byte, r"its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}"),
        (longer, "bytes, not "),
        (other_lock, "bytes, not "),
        (extra_file, "is not on its list"),
        (listed_extra_file, "belongs to no env"),
        (left_out, "is missing"),
        (renamed("../evil.whl"), "is no name for a file of a bundle"),
        (renamed("/tmp/evil.whl"), "is no name for a file of a bundle"),
        (renamed("wheels/../../evil.whl"), "is no name for a file of a bundle"),
        (renamed(f"envspecs/{NAME}/../../evil.whl"), "is no name for a file of a bundle"),
        (renamed("wheels/.hidden.whl"), "is no name for a file of a bundle"),
        (renamed("wheels/a/b.whl"), "is no name for a file of a bundle"),
        (renamed(f"envspecs/{NAME}/x.whl"), "is not where it belongs"),
        (lambda index, _files: index.update(platform="linux-riscv64"), "linux-riscv64"),
        (lambda index, _files: index.update(format=2), "format"),
        (lambda index, _files: index.update(more=1), "more"),
        (lambda index, _files: index["envs"].clear(), "envs"),
        (lambda index, _files: index["envs"][0].update(name="../x"), "name"),
        (lambda index, _files: index["envs"][0].update(lock_sha256="0" * 64), "is not the lock"),
        (lambda index, _files: index["envs"][0].update(python="/bin/sh"), r"envs\.0\.python"),
        (lambda index, _files: index["envs"][0].update(python=">=3.98,<3.99"), "no Python fits"),
        (
            renamed(f"wheels/toy_model-{VERSION}-cp38-cp38-linux_x86_64.whl"),
            "does not take toy_model",
        ),
    ],
)
def test_a_bundle_that_is_not_as_it_was_packed_is_refused_and_nothing_is_kept(
    packed, packed_once, closed, edit, expected
):
    # Nothing is built: the cache tells uv no more than which interpreters there are.
    closed = replace(closed, settings={"UV_CACHE_DIR": str(packed_once.parent / "cache")})
    bundle = edited(packed, edit)

    with pytest.raises(EnvError, match=expected):
        closed.unpack(bundle)

    assert [] == closed.kept
    assert not closed.home.exists()
    assert [] == [path.name for path in closed.folder.parent.rglob("evil*")]


def test_a_missing_interpreter_is_answered_with_those_that_are_there(packed, closed):
    def edit(index: dict[str, Any], _files: dict[str, bytes]) -> None:
        index["envs"][0].update(python=">=3.98,<3.99")

    with pytest.raises(EnvError) as caught:
        closed.unpack(edited(packed, edit))

    assert '">=3.98,<3.99"' in str(caught.value)
    assert str(closed.store.uv.installed_pythons()[0][1]) in str(caught.value)


def test_a_bundle_that_is_cut_anywhere_is_refused(packed, closed):
    content = packed.read_bytes()

    for part in (0.0, 0.01, 0.3, 0.6, 0.9):
        packed.write_bytes(content[: int(len(content) * part)])
        with pytest.raises(EnvError, match="cannot use the bundle"):
            closed.unpack(packed)

    assert [] == closed.kept


def test_something_else_is_no_bundle(closed, tmp_path):
    other = tmp_path / "other.tar"
    other.write_bytes(b"\x89PNG" * 1000)

    with pytest.raises(EnvError, match="it is no tar file"):
        closed.unpack(other)
