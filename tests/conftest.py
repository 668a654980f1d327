"""Every test starts from an environment that says nothing about this machine."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.browser import Tab, opened_tab
from tests.checkpoint_builds import Checkpoints
from tests.onlooker import Onlooker, looking_on
from tests.oracles.vlmeval import VlmEvalKit
from tests.workspace import Workspace
from vlmhb.config import read_environ
from vlmhb.env import EnvStore

FOREIGN = ("VLMHB_", "UV_", "PIP_", "PYTHONPATH", "CUDA_VISIBLE_DEVICES", "VIRTUAL_ENV")
KEPT = ("UV_FIND_LINKS", "UV_CACHE_DIR", "UV_INDEX_URL", "UV_DEFAULT_INDEX")

# A busy machine is no reason to fail, nor is the first call that imports numpy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much the tests of goals (tests/fault) try, and where they tell what they saw."""
    parser.addoption("--sizes", choices=("ci", "release"), default="ci")
    parser.addoption("--goals", default="")


def pytest_configure() -> None:
    """Go on ignoring what nohup or a background shell has us ignore, but not in children.

    A program inherits signals that are ignored; one that is handled is at its default there.
    """
    for number in (signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave only the settings without which this machine could not reach its packages."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) and name not in KEPT:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_envs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One env store for all tests, so that the toy env is built once."""
    return tmp_path_factory.mktemp("envs")


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Checkpoints:
    """Tiny checkpoints; their envs of a gigabyte stay in this user's store for the next session."""
    return Checkpoints(tmp_path_factory.mktemp("checkpoints"), EnvStore(read_environ().envs))


@pytest.fixture(scope="session")
def vlmevalkit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VlmEvalKit]:
    """VLMEvalKit's own evaluators; their env stays in this user's store for the next session."""
    log = tmp_path_factory.mktemp("vlmevalkit") / "stderr.txt"
    oracle = VlmEvalKit.installed(EnvStore(read_environ().envs), log)
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """One Chromium for all tests of pages, started by the first of them."""
    with opened_tab(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture(scope="session")
def onlooker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Onlooker]:
    """Tells what a thing with a limit took of the time in which anything took place at all."""
    with looking_on(tmp_path_factory.mktemp("onlooker")) as onlooker:
        yield onlooker


@pytest.fixture
def tab(chromium: Tab) -> Tab:
    """The browser's page, as wide and as light as for any other test."""
    chromium.as_first()
    return chromium


@pytest.fixture
def workspace(tmp_path: Path, shared_envs: Path) -> Workspace:
    """A user's folder with a toy model and a task of six samples."""
    return Workspace.create(tmp_path / "user", shared_envs)
