"""The hub's cache on this machine, laid out as every version of the hub's library reads it.

models--Org--Name/
    refs/main                   the commit that a branch or tag meant when it was last fetched
    blobs/HASH                  contents, each once
    snapshots/COMMIT/PATH       links to them
    trees/COMMIT.json           the files of a commit, all of them; not every version writes it
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vlmhb.system.files import write_atomic
from vlmhb.system.hub_files import HubFile, ListingError, checked_file, is_hash
from vlmhb.weights.files import check_whole

_TREE_VERSION = 1


class RepoCache:
    """What is here of one repo."""

    def __init__(self, cache: Path, repo: str) -> None:
        self.repo = repo
        name = "--".join(["models", *repo.split("/")])
        self.folder = cache / name
        self.blobs = self.folder / "blobs"
        self.lock = cache / ".locks" / name / "vlmhb.lock"
        self._refs = self.folder / "refs"
        self._snapshots = self.folder / "snapshots"

    def commit_of(self, revision: str) -> str:
        """The commit that a branch or tag meant when it was last fetched; empty when unknown."""
        try:
            commit = (self._refs / revision).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return ""
        return commit if is_hash(commit, 40) else ""

    def remember(self, revision: str, commit: str) -> None:
        """Note what a branch or tag means now.

        Raises:
            StorageError: the file system refused.
            OSError: the same.
        """
        if self.commit_of(revision) != commit:
            ref = self._refs / revision
            ref.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(ref, commit.encode("ascii"), durable=False)

    def commits(self) -> list[str]:
        """Those of which something is here."""
        try:
            return sorted(folder.name for folder in self._snapshots.iterdir() if folder.is_dir())
        except OSError:
            return []

    def snapshot(self, commit: str) -> Path:
        """The folder with the files of a commit."""
        return self._snapshots / commit

    def listing(self, commit: str) -> list[HubFile] | None:
        """All files of a commit; None when nobody noted them."""
        try:
            noted = json.loads(self._tree(commit).read_bytes())
            if noted["format_version"] != _TREE_VERSION:
                return None
            return [
                checked_file(path, entry["size"], entry.get("lfs_sha256") or entry["blob_id"])
                for path, entry in noted["files"].items()
            ]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, ListingError):
            return None

    def note_listing(self, commit: str, files: Sequence[HubFile]) -> None:
        """Note all files of a commit.

        Raises:
            StorageError: the file system refused.
            OSError: the same.
        """
        noted = {file.path: _noted(file) for file in sorted(files, key=lambda file: file.path)}
        tree = self._tree(commit)
        tree.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"format_version": _TREE_VERSION, "files": noted}, indent=1)
        write_atomic(tree, content.encode("ascii"), durable=False)

    def present(self, commit: str, include: Sequence[str]) -> list[HubFile]:
        """The files of a commit that are here, for one whose list nobody noted.

        Raises:
            ListingError: the content of one of them, or what `include` asks for, or a part of the
                weights, is missing.
        """
        snapshot = self.snapshot(commit)
        files = []
        for path in sorted(snapshot.rglob("*")):
            name = path.relative_to(snapshot).as_posix()
            try:
                size_bytes = path.stat().st_size
            except OSError as error:
                raise ListingError(f"the content of {name} is missing") from error
            if path.is_file():
                files.append(HubFile(name, size_bytes, path.resolve().name))
        _check_parts(snapshot, files)
        check_whole(files, include)
        return files

    def missing(self, commit: str, files: Sequence[HubFile]) -> list[HubFile]:
        """Those of `files` that are not here, or not in their full size."""
        snapshot = self.snapshot(commit)
        return [file for file in files if not _has_size(snapshot / file.path, file.size_bytes)]

    def has_blob(self, file: HubFile) -> bool:
        """Whether its content is here, maybe for another commit."""
        return _has_size(self.blobs / file.blob, file.size_bytes)

    def link(self, commit: str, file: HubFile) -> None:
        """Let the file appear in the folder of `commit`.

        Raises:
            OSError: the file system refused.
        """
        blob = self.blobs / file.blob
        place = self.snapshot(commit) / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        with suppress(FileExistsError):  # another process was faster
            place.symlink_to(os.path.relpath(blob, place.parent))

    def _tree(self, commit: str) -> Path:
        return self.folder / "trees" / f"{commit}.json"


def _noted(file: HubFile) -> dict[str, str | int]:
    entry: dict[str, str | int] = {"size": file.size_bytes, "blob_id": file.blob}
    if file.has_sha256:
        entry |= {"lfs_sha256": file.blob, "lfs_size": file.size_bytes}
    return entry


def _check_parts(snapshot: Path, files: Sequence[HubFile]) -> None:
    """Look for every part that a list of parts of weights names."""
    here = {file.path for file in files}
    for index in (name for name in here if name.endswith(".safetensors.index.json")):
        with suppress(OSError, ValueError, KeyError, AttributeError, RecursionError):
            parts = set(json.loads((snapshot / index).read_bytes())["weight_map"].values())
            folder = Path(index).parent
            gone = sorted(part for part in parts if (folder / part).as_posix() not in here)
            if gone:
                raise ListingError(f"{gone[0]} is missing, which {index} names")


def _has_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except OSError:
        return False
