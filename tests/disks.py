"""Disks that are as full as a test says."""

from collections.abc import Mapping
from pathlib import Path

from vlmhb.domain.needs import Disk

GIB = 1 << 30


class FakeDisks:
    """One disk with `free_bytes`, and others below the folders in `others`."""

    def __init__(self, free_bytes: int, others: Mapping[Path, int] | None = None) -> None:
        self.free_bytes = free_bytes
        self.others = dict(others or {})

    def under(self, folder: Path) -> Disk:
        for number, (root, free_bytes) in enumerate(self.others.items(), start=2):
            if folder.is_relative_to(root):
                return Disk(number, str(root), free_bytes)
        return Disk(1, "/", self.free_bytes)
