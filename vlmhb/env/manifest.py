"""Manifests: what every file of an env was when it was built, kept out of the env's own reach."""

import json
import os
import stat
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from vlmhb.system.files import sha256_of_file

_HASHING_THREADS = 4


@dataclass(frozen=True, slots=True)
class FileState:
    """What a file was."""

    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in a tree, all relative to it."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    """`.` is the tree itself."""
    links: Mapping[str, str]
    """Link -> what it points to."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every name in a tree and the state of every file, in columns: a third of the reading time."""

    paths: tuple[str, ...]
    sizes: tuple[int, ...]
    mtimes_ns: tuple[int, ...]
    sha256: tuple[str, ...]
    folders: tuple[str, ...]
    folder_mtimes_ns: tuple[int, ...]
    links: Mapping[str, str]

    @classmethod
    def take(cls, tree: Path, known: Mapping[str, FileState]) -> "Manifest":
        """The manifest of a tree; files that are still as in `known` are not read again."""
        found = listing(tree)
        folder_mtimes_ns = tuple((tree / name).lstat().st_mtime_ns for name in found.folders)
        states = dict(known)
        fresh = [path for path in found.files if not _is_still(tree, path, known.get(path))]
        states.update(file_states(tree, fresh))
        ordered = [states[path] for path in found.files]
        return cls(
            paths=found.files,
            sizes=tuple(state.size for state in ordered),
            mtimes_ns=tuple(state.mtime_ns for state in ordered),
            sha256=tuple(state.sha256 for state in ordered),
            folders=found.folders,
            folder_mtimes_ns=folder_mtimes_ns,
            links=found.links,
        )

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """The manifest that `to_json` wrote.

        Raises:
            ValueError: it is damaged.
        """
        try:
            fields = json.loads(content)
            links = fields.pop("links")
            return cls(links=links, **{name: tuple(column) for name, column in fields.items()})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a manifest: {error}") from error

    def to_json(self) -> bytes:
        """The manifest as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":")).encode("ascii")

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(self.sizes)

    def differences(self, tree: Path) -> tuple[str, ...]:
        """What is no longer as it was, by names, sizes and times alone: nothing is read."""
        changed = []
        for path, size, mtime_ns in zip(self.paths, self.sizes, self.mtimes_ns, strict=True):
            try:
                now = os.lstat(f"{tree}/{path}")
            except OSError:
                changed.append(f"missing: {path}")
                continue
            if now.st_size != size or now.st_mtime_ns != mtime_ns or not stat.S_ISREG(now.st_mode):
                changed.append(f"changed: {path}")
        return (*changed, *self._link_differences(tree), *self._extra(tree, self._touched(tree)))

    def differences_in_full(self, tree: Path) -> tuple[str, ...]:
        """What is no longer as it was, with every file read."""
        found = set(listing(tree).files)
        present = [path for path in self.paths if path in found]
        states = file_states(tree, present)
        changed = [
            f"changed: {path}" if path in found else f"missing: {path}"
            for path, sha256 in zip(self.paths, self.sha256, strict=True)
            if path not in found or states[path].sha256 != sha256
        ]
        return (*changed, *self._link_differences(tree), *self._extra(tree, self.folders))

    def _link_differences(self, tree: Path) -> list[str]:
        return [
            f"changed: {link}"
            for link, target in self.links.items()
            if not (tree / link).is_symlink() or str((tree / link).readlink()) != target
        ]

    def _touched(self, tree: Path) -> list[str]:
        """Folders in which a name came or went; one that is gone has been reported by its files."""
        touched = []
        for folder, mtime_ns in zip(self.folders, self.folder_mtimes_ns, strict=True):
            try:
                if os.lstat(f"{tree}/{folder}").st_mtime_ns != mtime_ns:
                    touched.append(folder)
            except OSError:
                touched.append(folder)
        return touched

    def _extra(self, tree: Path, folders: Iterable[str]) -> list[str]:
        known: set[str] = {*self.paths, *self.folders, *self.links}
        extra = []
        for folder in folders:
            if not (tree / folder).is_dir():
                extra.append(f"missing: {folder}")
                continue
            paths = sorted(path.relative_to(tree) for path in (tree / folder).iterdir())
            extra += [f"extra: {path}" for path in paths if path.as_posix() not in known]
        return extra


def listing(tree: Path) -> Listing:
    """Every name below `tree`, sorted; links are not followed."""
    files: list[str] = []
    folders = ["."]
    links: dict[str, str] = {}
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(tree / prefix) as entries:
            for entry in entries:
                path = prefix + entry.name
                if entry.is_symlink():
                    links[path] = str(Path(entry.path).readlink())
                elif entry.is_dir():
                    folders.append(path)
                    waiting.append(path + "/")
                else:
                    files.append(path)
    return Listing(tuple(sorted(files)), tuple(sorted(folders)), dict(sorted(links.items())))


def file_states(tree: Path, paths: Iterable[str]) -> dict[str, FileState]:
    """What the files are now, each one read."""
    wanted = list(paths)
    with ThreadPoolExecutor(_HASHING_THREADS) as pool:
        return dict(zip(wanted, pool.map(lambda path: _state(tree / path), wanted), strict=True))


def _state(path: Path) -> FileState:
    now = path.lstat()
    return FileState(now.st_size, now.st_mtime_ns, sha256_of_file(path))


def _is_still(tree: Path, path: str, state: FileState | None) -> bool:
    if state is None:
        return False
    now = (tree / path).lstat()
    return (now.st_size, now.st_mtime_ns) == (state.size, state.mtime_ns)
