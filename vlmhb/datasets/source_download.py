"""Files of a dataset on their way into the cache, one after the other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.source_archive import ArchiveProblem, unpack
from vlmhb.datasets.source_folder import SourceFolder, is_whole
from vlmhb.datasets.source_place import HubPlace, place_of
from vlmhb.datasets.source_refusal import SourceRefusal, no_room
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.task import SourceFile
from vlmhb.system.download import Fetcher, Wanted, partial_of
from vlmhb.system.hf_home import find_hf_home
from vlmhb.system.hub import Hub
from vlmhb.system.mounts import nearest_folder, space_on
from vlmhb.system.patience import Patience
from vlmhb.system.undelivered import OtherFileError
from vlmhb.system.web import RefusedError, WebError

SPARE_BYTES = 64 << 20
"""Left for everything else that is written meanwhile."""


class Downloader:
    """Fills one folder of the cache; its user holds the folder's lock."""

    def __init__(
        self, dataset: str, folder: SourceFolder, cache: DatasetCache, patience: Patience
    ) -> None:
        self._dataset = dataset
        self._folder = folder
        self._cache = cache
        self._patience = patience
        self._commits: dict[tuple[str, str], str] = {}

    def fetch(self, sources: Sequence[SourceFile]) -> None:
        """Put all of `sources` into the folder. What came before a failure is kept.

        Raises:
            DownloadError: one is not to be had, or is another file than was meant.
            UsageError: HF_ENDPOINT is no address.
            OSError: the file system refused.
        """
        for source in sources:
            self._make_room(source, sum(one.size_bytes for one in sources) - self._here(sources))
        for source in sources:
            self._one(source)

    def _one(self, source: SourceFile) -> None:
        target = self._folder.root / source.path
        refusal = SourceRefusal(self._dataset, source, self._folder.root)
        place = place_of(source)
        commit = ""
        # An archive may have been put there by hand.
        if not is_whole(target, source):
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(place, HubPlace):
                commit = self._from_hub(source, place, target, refusal)
            else:
                wanted = Wanted(place.url, source.sha256, source.size_bytes, md5=source.md5)
                self._from(wanted, source, target, refusal)
        paths = self._unpacked(source, target, refusal) if source.unpack else (source.path,)
        self._folder.receipt.note(source, paths, commit)
        if source.unpack:
            target.unlink()

    def _from_hub(
        self, source: SourceFile, place: HubPlace, target: Path, refusal: SourceRefusal
    ) -> str:
        """The commit it came from."""
        if find_hf_home().offline:
            raise refusal.error("HF_HUB_OFFLINE is set", "unset it where there is a network")
        hub = Hub.standard("datasets")
        fetcher = self._fetcher(source)
        try:
            commit = self._commit(hub, place, fetcher)
            beside = hub.files_beside(place.repo, commit, place.path, fetcher)
            file = next((one for one in beside if one.path == place.path), None)
            if file is None:
                raise RefusedError("the commit has no such file", status=404)
            wanted = hub.wanted(place.repo, commit, file)
        except WebError as error:
            raise refusal.refused(error, hub.shown, token=hub.token) from error
        if source.sha256 and wanted.sha256 and source.sha256 != wanted.sha256:
            raise refusal.other_file(f"the hub has it with the sha256 {wanted.sha256}")
        known = replace(wanted, sha256=source.sha256 or wanted.sha256, md5=source.md5)
        self._from(known, source, target, refusal, hub=hub)
        return commit

    def _commit(self, hub: Hub, place: HubPlace, fetcher: Fetcher) -> str:
        """What its revision means, the same for all files of a dataset."""
        if place.is_pinned:
            return place.revision
        asked = place.repo, place.revision
        if asked not in self._commits:
            self._commits[asked] = hub.commit(place.repo, place.revision, fetcher)
        return self._commits[asked]

    def _from(
        self,
        wanted: Wanted,
        source: SourceFile,
        target: Path,
        refusal: SourceRefusal,
        hub: Hub | None = None,
    ) -> None:
        partial = partial_of(target)
        try:
            self._fetcher(source, wanted.size_bytes).fetch(wanted, partial)
        except WebError as error:
            token = hub.token if hub else ""
            raise refusal.refused(error, hub.shown if hub else "", token=token) from error
        except OtherFileError as error:
            raise refusal.other_file(str(error)) from error
        partial.replace(target)

    def _fetcher(self, source: SourceFile, total_bytes: int = 0) -> Fetcher:
        doing = f"fetching {PurePosixPath(source.path).name}"
        done, total = 0, total_bytes

        def count(more_bytes: int) -> None:
            nonlocal done
            done += more_bytes
            self._cache.on_data(DataStep(doing, done, total))

        def make_room(more_bytes: int) -> None:
            nonlocal total
            total = total or done + more_bytes
            self._make_room(source, more_bytes)

        return Fetcher(
            self._patience,
            count=count,
            tell=lambda failed: self._cache.on_data(DataStep(f"{doing}: {failed}")),
            make_room=make_room,
        )

    def _unpacked(
        self, source: SourceFile, archive: Path, refusal: SourceRefusal
    ) -> tuple[str, ...]:
        """Paths below the root."""
        self._cache.on_data(DataStep(f"unpacking {archive.name}"))
        try:
            names = unpack(archive, lambda size_bytes: self._make_room(source, size_bytes))
        except ArchiveProblem as problem:
            raise refusal.error(
                f"it cannot be unpacked: {problem}", "unpack it by hand, and name `root`"
            ) from problem
        beside = PurePosixPath(source.path).parent
        return tuple(str(beside / name) for name in names)

    def _make_room(self, source: SourceFile, needed_bytes: int) -> None:
        free = space_on(nearest_folder(self._folder.root)).free_bytes
        if needed_bytes + SPARE_BYTES > free:
            raise no_room(source, self._dataset, self._folder.root, needed_bytes, free)

    def _here(self, sources: Sequence[SourceFile]) -> int:
        """Bytes of `sources` that need not come any more."""
        parts = (partial_of(self._folder.root / source.path) for source in sources)
        return sum(part.stat().st_size for part in parts if part.exists())
