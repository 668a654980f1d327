"""Pins as a file: what of a lock is installed from wheels, for one uv command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.lock import Lock
from vlmhb.system.scratch import scratch_folder


@contextmanager
def wheel_pins(spec: EnvSpec, lock: Lock) -> Iterator[Path]:
    """The file with the lock's lines of all packages that are not built from source.

    They are the bytes that were checked and fingerprinted, not what the lock may hold by now.
    """
    with scratch_folder("pins") as name:
        pins = Path(name) / "pins.txt"
        pins.write_text(lock.pins_without(spec.build), encoding="utf-8")
        yield pins
