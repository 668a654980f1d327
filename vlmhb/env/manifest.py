"""Manifests: what every file of an env was when it was built, kept out of the env's own reach."""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from vlmhb.env.digests import read_files
from vlmhb.env.tree import Tree, scan

_SHA256_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every name in a tree and the state of every file, in columns: a third of the reading time."""

    paths: tuple[str, ...]
    sizes: tuple[int, ...]
    mtimes_ns: tuple[int, ...]
    sha256: str
    """64 hex digits for each path, without anything between: read a hundred times, used once."""
    folders: tuple[str, ...]
    folder_mtimes_ns: tuple[int, ...]
    links: Mapping[str, str]

    @classmethod
    def of(cls, tree: Tree, sha256: Mapping[str, str]) -> "Manifest":
        """The manifest of a tree, every file of which has the digest in `sha256`."""
        paths, folders = sorted(tree.files), sorted(tree.folders)
        states = [tree.files[path] for path in paths]
        return cls(
            paths=tuple(paths),
            sizes=tuple([state.st_size for state in states]),
            mtimes_ns=tuple([state.st_mtime_ns for state in states]),
            sha256="".join([sha256[path] for path in paths]),
            folders=tuple(folders),
            folder_mtimes_ns=tuple(tree.folders[folder] for folder in folders),
            links=dict(sorted(tree.links.items())),
        )

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """The manifest that `to_json` wrote.

        Raises:
            ValueError: it is damaged.
        """
        try:
            values = json.loads(content)
            links, sha256 = values.pop("links"), values.pop("sha256")
            columns = {name: tuple(column) for name, column in values.items()}
            return cls(links=links, sha256=sha256, **columns)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a manifest: {error}") from error

    def to_json(self) -> bytes:
        """The manifest as one line of JSON."""
        # Not `asdict`, which copies every value of every column.
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps(values, separators=(",", ":")).encode("ascii")

    def differences(self, root: Path) -> tuple[str, ...]:
        """What is no longer as it was, by names, sizes and times alone: nothing is read."""
        changed = []
        lstat, is_file = os.lstat, stat.S_ISREG
        for path, size, mtime_ns in zip(self.paths, self.sizes, self.mtimes_ns, strict=True):
            try:
                now = lstat(f"{root}/{path}")
            except OSError:
                changed.append(f"missing: {path}")
                continue
            if now.st_mtime_ns != mtime_ns or now.st_size != size or not is_file(now.st_mode):
                changed.append(f"changed: {path}")
        return (*changed, *self._link_differences(root), *self._extra(root, self._touched(root)))

    def differences_in_full(self, root: Path) -> tuple[str, ...]:
        """What is no longer as it was, with every file read."""
        present = scan(root).files
        now = read_files(root, (path for path in self.paths if path in present))
        changed = [
            f"changed: {path}" if path in now else f"missing: {path}"
            for number, path in enumerate(self.paths)
            if path not in now or now[path].sha256 != self._sha256_of(number)
        ]
        return (*changed, *self._link_differences(root), *self._extra(root, self.folders))

    def _sha256_of(self, number: int) -> str:
        return self.sha256[_SHA256_DIGITS * number : _SHA256_DIGITS * (number + 1)]

    def _link_differences(self, root: Path) -> list[str]:
        return [
            f"changed: {link}"
            for link, target in self.links.items()
            if not (root / link).is_symlink() or str((root / link).readlink()) != target
        ]

    def _touched(self, root: Path) -> list[str]:
        """Folders in which a name came or went; one that is gone has been reported by its files."""
        touched = []
        for folder, mtime_ns in zip(self.folders, self.folder_mtimes_ns, strict=True):
            try:
                if os.lstat(f"{root}/{folder}").st_mtime_ns != mtime_ns:
                    touched.append(folder)
            except OSError:
                touched.append(folder)
        return touched

    def _extra(self, root: Path, folders: Sequence[str]) -> list[str]:
        known: set[str] = {*self.paths, *self.folders, *self.links} if folders else set()
        extra = []
        for folder in folders:
            if not (root / folder).is_dir():
                extra.append(f"missing: {folder}")
                continue
            paths = sorted(path.relative_to(root) for path in (root / folder).iterdir())
            extra += [f"extra: {path}" for path in paths if path.as_posix() not in known]
        return extra
