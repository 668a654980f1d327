"""Fixtures of the tests of goals."""

import random
from pathlib import Path

import pytest

from tests.fault import kit


@pytest.fixture
def size(request: pytest.FixtureRequest) -> kit.Size:
    """How much to try: `size(ci=60, release=1000)`."""
    return kit.Size(str(request.config.getoption("--sizes")))


@pytest.fixture
def goals(request: pytest.FixtureRequest) -> kit.Goals:
    """Where to tell what was seen."""
    told = str(request.config.getoption("--goals"))
    return kit.Goals(Path(told) if told else None)


@pytest.fixture
def chance() -> random.Random:
    """Luck that can be had again."""
    return kit.chance()
