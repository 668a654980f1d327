"""A folder that may hold all the files that a dataset is fetched from."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.source_receipt import Receipt
from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.task import DatasetRef, SourceFile
from vlmhb.errors import StorageError
from vlmhb.system.checksums import Checksums, Difference
from vlmhb.system.lmu_data import find_lmu_data
from vlmhb.system.public_address import public_address


@dataclass(frozen=True, slots=True)
class Absent:
    """A source that is not here."""

    source: SourceFile
    got: str
    """What is there instead; empty when nothing is."""


class SourceFolder:
    """One place to look in; nothing in it is changed."""

    def __init__(self, root: Path, receipts: Path) -> None:
        self.root = root
        self.receipt = Receipt(receipts, root)

    def absent(self, sources: Sequence[SourceFile]) -> tuple[Absent, ...]:
        """The sources of which this folder does not have the right file.

        A file is read to check it once, and again only when it has changed.
        """
        return tuple(
            Absent(source, got)
            for source in sources
            if not self.receipt.holds(source)
            for got in [self._problem(source)]
            if got is not None
        )

    def _problem(self, source: SourceFile) -> str | None:
        """Why the file is not the one that was meant; empty when it is not there, None if it is."""
        if source.unpack:
            return ""
        file = self.root / source.path
        try:
            different = checksums_of(source).difference(file)
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            return f"{file} cannot be read: {error.strerror}"
        if different is None:
            with suppress(OSError, StorageError):  # it can be checked again
                self.receipt.note(source, (source.path,))
            return None
        return is_another(file, different)


def own_folders(dataset: DatasetRef, cache: DatasetCache) -> list[SourceFolder]:
    """Where the user may have put the files: the task's root, and VLMEvalKit's folder for TSVs."""
    folders = []
    if dataset.root and (Path(dataset.root) / dataset.annotation).is_file():
        folders.append(SourceFolder(Path(dataset.root), cache.receipts))
    are_tsv = all(
        source.path.endswith(".tsv") and checksums_of(source) for source in dataset.source
    )
    if are_tsv and (lmu_data := find_lmu_data()) is not None:
        folders.append(SourceFolder(lmu_data, cache.receipts))
    return folders


def cache_folder(dataset: DatasetRef, cache: DatasetCache) -> SourceFolder:
    """Where the files go that are fetched."""
    said: Json = [
        [public_address(source.url), source.path, source.sha256, source.md5, source.unpack]
        for source in dataset.source
    ]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", dataset.name).strip(".-")[:80] or "dataset"
    return SourceFolder(cache.sources / f"{name}-{sha256_of(said)[:8]}", cache.receipts)


def is_whole(file: Path, source: SourceFile) -> bool:
    """Whether it is there, with every checksum that the task names."""
    try:
        return file.is_file() and checksums_of(source).difference(file) is None
    except OSError:
        return False


def checksums_of(source: SourceFile) -> Checksums:
    """What the task says of the file's content."""
    return Checksums(source.sha256, source.md5)


def is_another(file: Path, different: Difference) -> str:
    """What to say of a file that is not the one that was meant."""
    return (
        f"{file} is another file: its {different.algorithm} is {different.found}, "
        f"not {different.expected}"
    )
