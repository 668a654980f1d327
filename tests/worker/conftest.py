"""Fixtures for worker code that runs inside the test's own process."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from vlmhb_worker.model_interface import ModelFactory


@pytest.fixture
def user_modules(tmp_path: Path) -> Iterator[Path]:
    """A folder whose modules can be imported; the process forgets everything they did."""
    before = dict(sys.modules), list(sys.path), dict(ModelFactory._models), dict(os.environ)
    folder = tmp_path / "user modules"
    folder.mkdir()
    sys.path.insert(0, str(folder))
    yield folder
    modules, path, models, environment = before
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.path[:] = path
    ModelFactory._models.clear()
    ModelFactory._models.update(models)
    os.environ.clear()
    os.environ.update(environment)
