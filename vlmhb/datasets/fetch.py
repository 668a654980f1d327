"""Datasets that are not at hand: found where the user keeps them, or fetched into the cache."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.source_download import Downloader
from vlmhb.datasets.source_folder import Absent, SourceFolder, cache_folder, is_whole, own_folders
from vlmhb.datasets.source_place import HubPlace, PlaceProblem, place_of
from vlmhb.datasets.source_refusal import not_offline, unwritable
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.task import DatasetRef, SourceFile
from vlmhb.errors import DatasetError, StorageError
from vlmhb.system.download import partial_of
from vlmhb.system.file_lock import try_lock
from vlmhb.system.patience import USUAL, Patience

_LOOK_UP_S = 0.1


@dataclass(frozen=True, slots=True)
class ToFetch:
    """What a dataset lacks before it can be read."""

    dataset: str
    files: tuple[Absent, ...]
    folder: Path
    """Where they go."""
    elsewhere: tuple[str, ...] = ()
    """Files of the user's that have the right name and are others."""

    @property
    def size_bytes(self) -> int | None:
        """What is still to come; None when the task does not tell for all of them."""
        sizes = [absent.source.size_bytes for absent in self.files]
        if not all(sizes):
            return None
        places = (self.folder / absent.source.path for absent in self.files)
        return sum(map(_to_come, places, sizes))


def _to_come(file: Path, size_bytes: int) -> int:
    """An archive that was put there by hand is here, and what a partial file has is."""
    here = next((place for place in (file, partial_of(file)) if place.exists()), None)
    return max(size_bytes - here.stat().st_size, 0) if here else size_bytes


def located(dataset: DatasetRef, cache: DatasetCache, *, patience: Patience = USUAL) -> DatasetRef:
    """The dataset with the folder that holds its files, found or filled now.

    The task's own folder and VLMEvalKit's folder for TSVs are used where they hold every file as
    the task describes it; everything else is fetched into the cache. Files of the hub are named
    with the commit that they are from.

    Raises:
        DatasetError: the task describes a source that cannot be one.
        DownloadError: a file is not to be had, or is another one than was meant.
        UsageError: HF_ENDPOINT is no address.
    """
    found = _look(dataset, cache)
    if isinstance(found, ToFetch):
        # An archive that was put there by hand need only be unpacked.
        here = [is_whole(found.folder / one.source.path, one.source) for one in found.files]
        if cache.offline and not all(here):
            raise not_offline(dataset.name, found.files, found.folder, found.elsewhere)
        found = _fetched(dataset, cache, patience)
    pinned = tuple(_pinned(source, found) for source in dataset.source)
    return replace(dataset, root=str(found.root), source=pinned)


def to_fetch(dataset: DatasetRef, cache: DatasetCache) -> ToFetch | None:
    """What `located` would fetch; None when all is here. Asks nobody.

    Raises:
        DatasetError: the task describes a source that cannot be one.
    """
    found = _look(dataset, cache)
    return found if isinstance(found, ToFetch) else None


def _look(dataset: DatasetRef, cache: DatasetCache) -> SourceFolder | ToFetch:
    """The folder that has everything, or what the cache's lacks."""
    _check(dataset)
    files = [source for source in dataset.source if not source.unpack]
    elsewhere: list[str] = []
    for folder in own_folders(dataset, cache):
        absent = folder.absent(files)
        if not absent:
            return folder
        elsewhere += [one.got for one in absent if one.got]
    folder = cache_folder(dataset, cache)
    absent = folder.absent(dataset.source)
    if absent:
        return ToFetch(dataset.name, absent, folder.root, tuple(elsewhere))
    return folder


def _fetched(dataset: DatasetRef, cache: DatasetCache, patience: Patience) -> SourceFolder:
    """The cache's folder with all files in it."""
    folder = cache_folder(dataset, cache)
    try:
        folder.root.mkdir(parents=True, exist_ok=True)
        with _only_one(folder.root, cache):
            # Another process may have fetched meanwhile.
            folder = cache_folder(dataset, cache)
            downloader = Downloader(dataset.name, folder, cache, patience)
            downloader.fetch([absent.source for absent in folder.absent(dataset.source)])
    except (OSError, StorageError) as error:
        raise unwritable(dataset.name, error) from error
    return folder


def _check(dataset: DatasetRef) -> None:
    paths = [source.path for source in dataset.source]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    problem = f"files that go to different places, not two to {twice[0]}" if twice else ""
    try:
        for source in dataset.source:
            place_of(source)
    except PlaceProblem as found:
        problem = str(found)
    if problem:
        raise DatasetError(
            f"cannot fetch dataset {dataset.name!r}",
            "its task describes no source that can be used",
            expected=problem,
            next_step="correct `source` in the task file",
        )


def _pinned(source: SourceFile, folder: SourceFolder) -> SourceFile:
    place = place_of(source)
    commit = folder.receipt.commit_of(source)
    if not (isinstance(place, HubPlace) and commit):
        return source
    return replace(source, url=f"hub:{place.repo}@{quote(commit, safe='')}/{place.path}")


@contextmanager
def _only_one(root: Path, cache: DatasetCache) -> Iterator[None]:
    """Hold the folder's lock; wait while another process fetches into it."""
    with root.with_name(f"{root.name}.lock").open("ab") as file:
        while not try_lock(file):
            cache.on_data(DataStep(f"waiting for another process that fetches {root.name}"))
            threading.Event().wait(_LOOK_UP_S)
        yield
