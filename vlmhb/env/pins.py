"""Pins as a file: what of a lock is installed from wheels, for one uv command."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.lock import Lock


@contextmanager
def wheel_pins(spec: EnvSpec, lock: Lock) -> Iterator[Path]:
    """The file with the lock's lines of all packages that are not built from source.

    They are the bytes that were checked and fingerprinted, not what the lock may hold by now.
    """
    with tempfile.NamedTemporaryFile("w", prefix="vlmhb-lock-", suffix=".txt") as file:
        file.write(lock.pins_without(spec.build))
        file.flush()
        yield Path(file.name)
