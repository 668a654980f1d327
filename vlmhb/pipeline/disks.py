"""What tells a run how much room there is."""

from pathlib import Path
from typing import Protocol

from vlmhb.domain.needs import Disk
from vlmhb.system.disks import LocalDisks


class Disks(Protocol):
    """What tells about file systems, normally `LocalDisks`."""

    def under(self, folder: Path) -> Disk:
        """Where `folder` lies, or would be made.

        Raises:
            OSError: something on the way is not a folder, or the file system does not say.
        """
        ...


LOCAL_DISKS = LocalDisks()
