"""Disks: which file system a folder will lie on, and how much is free there."""

from pathlib import Path

from vlmhb.domain.needs import Disk
from vlmhb.system.mounts import mount_of, nearest_folder, read_mounts, space_on


class LocalDisks:
    """Those of this machine."""

    def under(self, folder: Path) -> Disk:
        """Where `folder` lies, or would be made.

        Raises:
            OSError: something on the way is not a folder, or the file system does not say.
        """
        there = nearest_folder(folder)
        mount = mount_of(there, read_mounts())
        point = mount.point if mount else str(there)
        return Disk(there.stat().st_dev, point, space_on(there).free_bytes)
