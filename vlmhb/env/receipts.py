"""Receipts: files of uv's cache that were read once and found to be what their package lists.

An env shares its files with uv's cache, and so with other envs. A file that still has the inode,
the size and the time it had when it was read is not read again for the next env. Who changes a file
and sets its time back deceives a build, as they deceive uv; `EnvStore.verify` reads every file, and
when it finds one changed, no receipt counts any more.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.records import Record
from vlmhb.env.tree import Tree
from vlmhb.system.files import write_atomic


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one package lists, and which files of it were read and found so."""

    record: Record
    device: int
    inodes: tuple[int, ...]
    """Of each path in `record`; 0 for a file that was not read, or is not shared."""
    sizes: tuple[int, ...]
    mtimes_ns: tuple[int, ...]

    @classmethod
    def of(cls, record: Record, tree: Tree, digests: Mapping[str, str]) -> "Receipt":
        """A receipt for the files whose digest is the listed one."""
        columns = []
        device = 0
        for path, sha256 in zip(record.paths, record.sha256, strict=True):
            state = tree.files.get(path)
            if state is None or state.st_nlink == 1 or not sha256 or digests[path] != sha256:
                columns.append((0, 0, 0))
            else:
                columns.append((state.st_ino, state.st_size, state.st_mtime_ns))
                device = state.st_dev
        inodes, sizes, mtimes_ns = zip(*columns, strict=True) if columns else ((), (), ())
        return cls(record, device, inodes, sizes, mtimes_ns)

    def known(self, tree: Tree) -> dict[str, str]:
        """Path -> sha256 of the files that need not be read again."""
        columns = (
            *(self.record.paths, self.record.sha256),
            *(self.inodes, self.sizes, self.mtimes_ns),
        )
        known = {}
        for path, sha256, inode, size, mtime_ns in zip(*columns, strict=True):
            now = tree.files.get(path)
            if (
                now is not None
                and now.st_ino == inode
                and now.st_mtime_ns == mtime_ns
                and now.st_size == size
                and now.st_dev == self.device
            ):
                known[path] = sha256
        return known


@dataclass(frozen=True, slots=True)
class Receipts:
    """Name of a package's list -> receipt, one file each; any of them may be deleted."""

    folder: Path

    def get(self, name: str) -> Receipt | None:
        """The receipt kept under `name`; None when there is none that can be read."""
        try:
            fields = json.loads(self._path(name).read_bytes())
            record = Record(fields["package"], tuple(fields["paths"]), tuple(fields["sha256"]))
            columns = [tuple(fields[column]) for column in ("inodes", "sizes", "mtimes_ns")]
            if {len(record.paths)} != {len(column) for column in (record.sha256, *columns)}:
                return None
            return Receipt(record, fields["device"], *columns)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, name: str, receipt: Receipt) -> None:
        """Keep a receipt. Not durable: what a power cut takes is read again."""
        fields = {
            "package": receipt.record.package,
            "paths": receipt.record.paths,
            "sha256": receipt.record.sha256,
            "device": receipt.device,
            "inodes": receipt.inodes,
            "sizes": receipt.sizes,
            "mtimes_ns": receipt.mtimes_ns,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(fields, separators=(",", ":")).encode("ascii")
        write_atomic(self._path(name), content, durable=False)

    def forget(self) -> None:
        """Have every file read again."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def receipts_of(root: Path) -> Receipts:
    """Those of the env store at `root`."""
    return Receipts(root / "receipts")
