"""One repo that a model needs: found in the hub's cache, or fetched into it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import StorageError, WeightsError
from vlmhb.system.download import Fetcher
from vlmhb.system.hub import Hub
from vlmhb.system.hub_files import HubFile, ListingError, is_hash, is_inside
from vlmhb.system.patience import StoppedError
from vlmhb.system.web import WebError
from vlmhb.weights.batch import Batch
from vlmhb.weights.cache import RepoCache
from vlmhb.weights.caller import Caller
from vlmhb.weights.fetched import Absent, FetchedWeights
from vlmhb.weights.files import chosen
from vlmhb.weights.only_fetcher import only_fetcher
from vlmhb.weights.refusal import Wish
from vlmhb.weights.room import check_room

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WantedRepo:
    """What a model file says of one repo, with the cache and the hub that may have it."""

    ref: WeightsRef
    cache: RepoCache
    wish: Wish

    @classmethod
    def of(cls, ref: WeightsRef, cache: Path, hub: Hub) -> "WantedRepo":
        """The repo of `ref`."""
        return cls(ref, RepoCache(cache, ref.repo), Wish(hub, ref.repo, ref.revision))

    def ensure(self, caller: Caller) -> FetchedWeights:
        """All of its files, found here or fetched.

        Raises:
            WeightsError: they are not to be had, or the caller stopped wanting them.
        """
        try:
            commit = self.commit(caller)
            files = self._files(commit, caller)
            if self.cache.missing(commit, files):
                with only_fetcher(self.cache.lock, self.ref.repo, caller):
                    self._fetch(commit, files, caller)
        except StoppedError as error:
            raise self.wish.stopped() from error
        except OSError as error:
            raise self.wish.unwritable(error) from error
        # After the files: whoever follows it offline finds them all.
        with suppress(OSError, StorageError):  # a cache that others made may be read-only
            if not self._is_pinned:
                self.cache.remember(self.ref.revision, commit)
        return self._here(commit, files)

    def commit(self, caller: Caller) -> str:
        """What the revision means now, by the word of the hub.

        Raises:
            WeightsError: the hub does not tell, or the caller stopped wanting to know.
        """
        if self._is_pinned:
            return self.ref.revision
        if not is_inside(self.ref.revision):  # it becomes the name of a file
            raise self.not_here("no branch or tag can be called so")
        return self._asked(
            caller, lambda asker: self.wish.hub.commit(self.ref.repo, self.ref.revision, asker)
        )

    def ask_files(self, commit: str, caller: Caller) -> list[HubFile]:
        """All files of a commit, by the word of the hub.

        Raises:
            WeightsError: the hub does not tell, or the caller stopped wanting to know.
        """
        return self._asked(caller, lambda asker: self.wish.hub.files(self.ref.repo, commit, asker))

    def last_commit(self) -> str:
        """What the revision meant when it was last fetched; empty when that is not known."""
        return self.ref.revision if self._is_pinned else self.cache.commit_of(self.ref.revision)

    def look(self) -> FetchedWeights | Absent:
        """What is here of it; asks nobody and changes nothing."""
        commit = self.last_commit()
        if not commit or commit not in self.cache.commits():
            return Absent(self.unknown(), commit)
        listed = self.cache.listing(commit)
        try:
            known = self.cache.present(commit, self.ref.include) if listed is None else listed
        except ListingError as error:
            return Absent(str(error), commit)
        files = chosen(known, self.ref.include)
        if missing := self.cache.missing(commit, files):
            what = f"{len(missing)} of {len(files)} files are missing, e.g. {missing[0].path}"
            return Absent(what, commit)
        return self._here(commit, files) if files else Absent("no file is chosen", commit)

    def unknown(self) -> str:
        """Which commits are here instead."""
        commits = ", ".join(self.cache.commits())
        has = f"only {commits}" if commits else "nothing of this repo"
        return f"not in the cache, which has {has} ({self.cache.folder.parent})"

    def not_here(self, what: str) -> WeightsError:
        """The error for one who may not ask the hub."""
        return WeightsError(
            f"cannot use the weights {self.wish} offline",
            what,
            next_step="fetch them where there is a network (vlmhb models fetch), without --offline "
            "and HF_HUB_OFFLINE; or set HF_HOME to the folder that has them",
        )

    @property
    def _is_pinned(self) -> bool:
        return is_hash(self.ref.revision, 40)

    def _files(self, commit: str, caller: Caller) -> list[HubFile]:
        """The files of a commit that the model needs."""
        listed = self.cache.listing(commit)
        if listed is None:
            listed = self._listed(commit, caller)
        if files := chosen(listed, self.ref.include):
            return files
        patterns = ", ".join(self.ref.include)
        names = ", ".join(file.path for file in listed[:6]) or "none"
        raise WeightsError(
            f"cannot fetch the weights {self.wish}",
            f"no file matches {patterns}" if patterns else "the repo is empty",
            expected=f"some of its files: {names}",
            next_step="correct `include` or `repo` in the model file",
        )

    def _listed(self, commit: str, caller: Caller) -> list[HubFile]:
        """All files of a commit by the word of the hub; those here when it does not tell."""
        try:
            listed = self.ask_files(commit, caller)
        except WeightsError:
            # Another program may have fetched them all, and noted no list.
            is_here = self._is_pinned and isinstance(self.look(), FetchedWeights)
            if caller.cancelled.is_set() or not is_here:
                raise
            return self.cache.present(commit, self.ref.include)
        with suppress(OSError, StorageError):  # it can be asked for again
            self.cache.note_listing(commit, listed)
        return listed

    def _fetch(self, commit: str, files: list[HubFile], caller: Caller) -> None:
        """Fetch what is missing, as the only one."""
        missing = self.cache.missing(commit, files)
        check_room(self.cache, self.wish, missing)
        self.cache.blobs.mkdir(parents=True, exist_ok=True)
        Batch(self.cache, self.wish, commit, missing).fetch(caller)
        if left := self.cache.missing(commit, files):
            raise WeightsError(
                f"cannot fetch the weights {self.wish}",
                f"{len(left)} files did not stay in the cache, e.g. {left[0].path}",
                next_step=f"look who else writes in {self.cache.folder}",
            )

    def _asked(self, caller: Caller, question: Callable[[Fetcher], T]) -> T:
        try:
            return caller.ask(question, f"asking {self.wish.hub.shown} about {self.ref.repo}")
        except WebError as error:
            raise self.wish.refused(error) from error
        except StoppedError as error:
            raise self.wish.stopped() from error

    def _here(self, commit: str, files: list[HubFile]) -> FetchedWeights:
        meaning: Json = {
            "repo": self.ref.repo,
            "commit": commit,
            "include": list(self.ref.include),
        }
        return FetchedWeights(
            folder=self.cache.snapshot(commit),
            repo=self.ref.repo,
            revision=self.ref.revision,
            revision_commit=commit,
            digest=sha256_of(meaning),
            files=tuple(file.path for file in files),
            size_bytes=sum(file.size_bytes for file in files),
        )
