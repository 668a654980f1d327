"""Every test starts from an environment that says nothing about this machine."""

import os

import pytest

FOREIGN = ("VLMHB_", "UV_", "PIP_", "PYTHONPATH", "CUDA_VISIBLE_DEVICES", "VIRTUAL_ENV")
KEPT = ("UV_FIND_LINKS", "UV_CACHE_DIR", "UV_INDEX_URL", "UV_DEFAULT_INDEX")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave only the settings without which this machine could not reach its packages."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) and name not in KEPT:
            monkeypatch.delenv(name)
