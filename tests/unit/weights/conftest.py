"""A hub that listens, and a store that keeps its cache in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server import HubServer, running_hub
from vlmhb.system.patience import Patience
from vlmhb.weights import Hub, WeightsStore

HURRIED = Patience(attempts=3, wait_s=0.001, silence_s=20.0)


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def store(hub: HubServer, tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "hub", Hub(hub.url), patience=HURRIED)
