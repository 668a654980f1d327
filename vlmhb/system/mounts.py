"""Mounts: which file system a folder lies on, and what is left there."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_MOUNTINFO = Path("/proc/self/mountinfo")

_NETWORK = {
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "panfs",
    "pvfs2",
    "smb3",
    "smbfs",
    "virtiofs",
    "wekafs",
}
_MEMORY = {"ramfs", "tmpfs"}


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of the kernel's list of mounts."""

    point: str
    """Absolute path of the folder it appears at."""
    type: str
    """e.g. `ext4`, `overlay`, `fuse.mfs`."""
    source: str
    """The device, the server or a name of the program behind it."""
    root: str
    """The folder of the file system that appears at `point`."""
    device: str
    """`major:minor`, as in the `st_dev` of most file systems' files."""
    options: frozenset[str]
    """Of the file system itself, e.g. the controllers of a cgroup mount."""

    @property
    def is_remote(self) -> bool:
        """Whether every look at a file may be a message to another program or machine."""
        return self.type in _NETWORK or self.type.partition(".")[0] in {"fuse", "fuseblk"}

    @property
    def is_memory(self) -> bool:
        """Whether files there count as memory and are gone after a restart."""
        return self.type in _MEMORY


@dataclass(frozen=True, slots=True)
class Space:
    """What is left on a file system for this user."""

    free_bytes: int
    total_bytes: int
    free_inodes: int | None
    """None where the file system makes them as needed."""
    total_inodes: int | None


def nearest_folder(path: Path) -> Path:
    """`path` without links, or the first folder above it that exists: there it would be made.

    Raises:
        OSError: something on the way is not a folder, or may not be looked into.
    """
    for candidate in (path, *path.parents):
        try:
            candidate.lstat()
        except FileNotFoundError:
            continue
        candidate.stat()  # a link in a circle is an OSError here, and none in `resolve`
        if not candidate.is_dir():
            raise NotADirectoryError(0, f"{candidate} is not a folder")
        return candidate.resolve()
    raise FileNotFoundError(0, f"no part of {path} exists")


def read_mounts() -> tuple[Mount, ...]:
    """Every mount this process can see, later ones above earlier ones; none without /proc."""
    try:
        text = _MOUNTINFO.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ()
    return tuple(parse_mounts(text.splitlines()))


def parse_mounts(lines: Iterable[str]) -> Iterator[Mount]:
    """The mounts of a `mountinfo` file; lines that are none are left out."""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields, described = before.split(), after.split()
        if len(fields) < 6 or len(described) < 2:
            continue
        yield Mount(
            point=_unescaped(fields[4]),
            type=described[0],
            source=_unescaped(described[1]),
            root=_unescaped(fields[3]),
            device=fields[2],
            options=frozenset(",".join(described[2:]).split(",")),
        )


def mount_of(folder: Path, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that an existing folder without links lies on; None when it is not listed.

    Raises:
        OSError: the folder cannot be looked at.
    """
    number = folder.stat().st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    above = [mount for mount in mounts if folder.is_relative_to(mount.point)]
    # Of several at one place the last one is seen. A longer path may be hidden below a later
    # mount, which the device tells; some file systems give their files a device of their own.
    ranked = sorted(above, key=lambda mount: (mount.device == device, len(mount.point)))
    best = ranked[-1:]
    return best[0] if best else None


def space_on(folder: Path) -> Space:
    """What is left where `folder` is.

    Raises:
        OSError: the file system does not say.
    """
    found = os.statvfs(folder)
    return Space(
        free_bytes=found.f_bavail * found.f_frsize,
        total_bytes=found.f_blocks * found.f_frsize,
        free_inodes=found.f_favail if found.f_files else None,
        total_inodes=found.f_files or None,
    )


def _unescaped(field: str) -> str:
    """Blanks and backslashes stand as three octal digits there."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), field)
