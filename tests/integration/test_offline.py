"""`--offline` means not one network attempt, counted where every attempt would arrive."""

import shutil
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.unit.env.toy_world import make_world
from vlmhb.env import write_lock
from vlmhb.errors import EnvError

pytestmark = pytest.mark.uv

_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Listener:
    """Index and proxy at once; it has nothing, and counts who asks."""

    port: int
    connections: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def variables(self, cache: Path) -> dict[str, str]:
        """A cold cache, and everything that could be reached leads here."""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
        return {
            "UV_CACHE_DIR": str(cache),
            "UV_FIND_LINKS": "",
            "UV_DEFAULT_INDEX": f"{self.address}/simple",
            "NO_PROXY": "",
            "no_proxy": "",
            **dict.fromkeys(names, self.address),
        }


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = Listener(server.getsockname()[1])

        def answer() -> None:
            while True:
                connection, _ = server.accept()
                with connection:
                    if connection.recv(1 << 16) == b"the end":
                        return
                    told.connections += 1
                    connection.sendall(_NOT_FOUND)

        thread = threading.Thread(target=answer)
        thread.start()
        yield told
        with socket.create_connection(("127.0.0.1", told.port)) as last:
            last.sendall(b"the end")
        thread.join()


@pytest.fixture
def variables(listener: Listener, tmp_path: Path) -> Mapping[str, str]:
    return {**listener.variables(tmp_path / "cache"), "VLMHB_ENVS": str(tmp_path / "envs")}


def test_without_the_option_the_listener_is_asked(workspace, listener, variables):
    """Else the tests below would prove nothing."""
    ended = workspace.vlmhb("env", "build", "toy", **variables)

    assert 4 == ended.code
    assert listener.connections > 0


@pytest.mark.parametrize("name", ["toy", "tesserocr-2.13", "rapidocr-3.10"])
def test_a_build_on_a_cold_cache_names_a_package_and_asks_nobody(
    workspace, listener, variables, name
):
    ended = workspace.vlmhb("env", "build", name, "--offline", **variables)

    folder = Path(__file__).parents[2] / "envspecs" / name
    lock = "".join(path.read_text() for path in folder.glob("*.lock"))
    assert 4 == ended.code
    package = ended.err.partition("cannot install the packages: ")[2].split()[0]
    assert f"\n{package}==" in lock
    assert "without --offline" in ended.err
    assert 0 == listener.connections


def test_a_run_on_a_cold_cache_names_a_package_and_asks_nobody(workspace, listener, variables):
    ended = workspace.vlmhb("run", "run", "--offline", **variables)

    assert 4 == ended.code
    assert "msgpack" in ended.err
    assert 0 == listener.connections


def test_a_run_whose_env_is_there_asks_nobody(workspace, listener, variables):
    assert 0 == workspace.vlmhb("env", "build", "toy").code
    here = {**variables, "VLMHB_ENVS": str(workspace.envs)}

    ended = workspace.vlmhb("run", "run", "--offline", **here)

    assert 0 == ended.code
    assert 0 == listener.connections


def test_a_model_that_works_over_a_network_is_not_started(workspace, listener, variables):
    folder = workspace.path / "envspecs" / "toy"
    shutil.copytree(Path(__file__).parents[2] / "envspecs" / "toy", folder)
    spec = folder / "envspec.yaml"
    spec.write_text(spec.read_text() + "network: true\n")

    ended = workspace.vlmhb("run", "run", "--offline", **variables)

    assert 4 == ended.code
    assert "its env needs the network" in ended.err
    assert 0 == listener.connections


def test_a_commit_that_was_never_fetched_is_named_and_nobody_is_asked(tmp_path, listener):
    world = make_world(tmp_path / "world")
    spec = replace(
        world.spec,
        no_deps=(f"from-source @ git+{listener.address}/repository@{'0' * 40}",),
        build={"from-source": "there is no wheel"},
    )
    write_lock(spec, world.uv)
    settings = {
        **listener.variables(tmp_path / "cache"),
        "UV_FIND_LINKS": str(world.folder / "wheels"),
    }
    store = replace(world, settings=settings).store

    with pytest.raises(EnvError, match="from-source"):
        replace(store, offline=True).ensure(spec)

    assert 0 == listener.connections
    with pytest.raises(EnvError, match="from-source"):
        store.ensure(spec)
    assert listener.connections > 0


@pytest.mark.parametrize(
    "words",
    [
        ("env", "lock", "--check"),
        ("env", "list"),
        ("doctor",),
        ("doctor", "--model", "tesseract-psm3", "--offline"),
        ("plan", "quickstart", "--offline"),
        ("validate", "quickstart"),
        ("list", "models"),
    ],
    ids=" ".join,
)
def test_commands_that_only_look_ask_nobody(workspace, listener, variables, words):
    ended = workspace.vlmhb(*words, **variables)

    assert ended.code in {0, 4}, ended.err
    assert 0 == listener.connections
