"""Every test starts from an environment that says nothing about this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.checkpoint_builds import Checkpoints
from tests.oracles.vlmeval import VlmEvalKit
from tests.workspace import Workspace
from vlmhb.config import read_environ
from vlmhb.env import EnvStore

FOREIGN = ("VLMHB_", "UV_", "PIP_", "PYTHONPATH", "CUDA_VISIBLE_DEVICES", "VIRTUAL_ENV")
KEPT = ("UV_FIND_LINKS", "UV_CACHE_DIR", "UV_INDEX_URL", "UV_DEFAULT_INDEX")

# A busy machine is no reason to fail, nor is the first call that imports numpy.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


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


@pytest.fixture
def workspace(tmp_path: Path, shared_envs: Path) -> Workspace:
    """A user's folder with a toy model and a task of six samples."""
    return Workspace.create(tmp_path / "user", shared_envs)
