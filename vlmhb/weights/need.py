"""Needs: what making weights ready would take. Nothing is fetched."""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.domain.model import WeightsRef
from vlmhb.domain.needs import NOTHING, Amount, Obstacle, WeightsNeed
from vlmhb.errors import StorageError, WeightsError
from vlmhb.system.deadline import NEVER, Deadline
from vlmhb.system.hub_files import HubFile, is_hash
from vlmhb.system.patience import Patience
from vlmhb.system.web import RefusedError
from vlmhb.weights.caller import Caller
from vlmhb.weights.fetched import Absent, FetchedWeights
from vlmhb.weights.files import chosen, holds_numbers
from vlmhb.weights.local_folder import files_in
from vlmhb.weights.repo import WantedRepo
from vlmhb.weights.room import here_bytes
from vlmhb.weights.store import WeightsStore

_HURRIED = Patience(attempts=1, silence_s=5.0)
"""Sizes are worth one question: what does not answer it is not known."""


@dataclass(frozen=True, slots=True)
class WeightsNeeds:
    """Answers to what weights take, on this machine."""

    store: WeightsStore
    cancelled: threading.Event
    """Set when nobody wants to know any more."""
    keeps_lists: bool = False
    """Whether the list of a repo's files is kept in the cache, for the fetch that follows."""
    deadline: Deadline = NEVER
    """Of all questions together; what nobody has answered by then is not known."""

    def of(self, model: str, ref: WeightsRef) -> WeightsNeed:
        """What `WeightsStore.ensure` would have to do; the hub is asked, unless that is offline."""
        needs = [self._one(model, one) for one in (ref, *ref.also)]
        obstacles = [need.obstacle for need in needs if need.obstacle]
        return replace(
            needs[0],
            total=_sum(need.total for need in needs),
            download=_sum(need.download for need in needs),
            numbers=_sum(need.numbers for need in needs),
            files=tuple(file for need in needs for file in need.files),
            obstacle=obstacles[0] if obstacles else None,
        )

    def _one(self, model: str, ref: WeightsRef) -> WeightsNeed:
        if ref.path:
            return _in_folder(model, Path(ref.path))
        wanted = WantedRepo.of(ref, self.store.cache, self.store.hub)
        revision = ref.revision[:12] if is_hash(ref.revision, 40) else ref.revision
        plain = WeightsNeed(model, f"{ref.repo}@{revision}", NOTHING, NOTHING, NOTHING)
        match wanted.look():
            case FetchedWeights() as here:
                # A branch may have moved since; the run asks then, and fetches what is new.
                return replace(
                    plain, total=Amount(here.size_bytes), numbers=Amount(_numbers_in(here))
                )
            case Absent(what=what):
                return self._absent(plain, wanted, what)

    def _absent(self, plain: WeightsNeed, wanted: WantedRepo, what: str) -> WeightsNeed:
        if self.store.offline:
            found = _listed(wanted)
            refusal = wanted.not_here(what)
            obstacle = Obstacle(refusal.got, refusal.next_step or "")
            if found is None:
                unknown = Amount(None, "the hub is not asked: this is offline")
                need = replace(plain, total=unknown, download=unknown, numbers=unknown)
            else:
                need = _of_files(plain, wanted, *found)
            return replace(need, obstacle=obstacle)
        if self.deadline.is_over:
            unknown = Amount(None, "the hub was not asked: others took too long to answer")
            return replace(plain, total=unknown, download=unknown, numbers=unknown)
        try:
            commit, files = self._asked(wanted)
        except WeightsError as error:
            unknown = Amount(None, error.got)
            refused = isinstance(error.__cause__, RefusedError)
            return replace(
                plain,
                total=unknown,
                download=unknown,
                numbers=unknown,
                obstacle=Obstacle(error.got, error.next_step or "") if refused else None,
            )
        return _of_files(plain, wanted, commit, files)

    def _asked(self, wanted: WantedRepo) -> tuple[str, list[HubFile]]:
        """The commit and its files, by the word of the cache or the hub."""
        caller = Caller(self.cancelled, patience=_HURRIED)
        commit = wanted.commit(caller)
        listed = wanted.cache.listing(commit)
        if listed is None:
            listed = wanted.ask_files(commit, caller)
            if self.keeps_lists:
                with suppress(OSError, StorageError):  # it can be asked for again
                    wanted.cache.note_listing(commit, listed)
        return commit, chosen(listed, wanted.ref.include)


def _listed(wanted: WantedRepo) -> tuple[str, list[HubFile]] | None:
    """What the cache knows of the files; None when it has no list."""
    commit = wanted.last_commit()
    listed = wanted.cache.listing(commit) if commit else None
    return None if listed is None else (commit, chosen(listed, wanted.ref.include))


def _of_files(
    plain: WeightsNeed, wanted: WantedRepo, commit: str, files: Sequence[HubFile]
) -> WeightsNeed:
    missing = wanted.cache.missing(commit, files)
    left = [(file.blob, file.size_bytes - here_bytes(wanted.cache, file)) for file in missing]
    return replace(
        plain,
        total=Amount(sum(file.size_bytes for file in files)),
        download=Amount(sum(size for _, size in left)),
        numbers=Amount(sum(file.size_bytes for file in files if holds_numbers(file.path))),
        files=tuple(left),
    )


def _in_folder(model: str, folder: Path) -> WeightsNeed:
    try:
        files = files_in(folder)
    except WeightsError as error:
        unknown = Amount(None, error.got)
        obstacle = Obstacle(f"{error.doing}: {error.got}", error.next_step or "")
        return WeightsNeed(model, str(folder), unknown, NOTHING, unknown, obstacle=obstacle)
    numbers = sum(size for name, size in files if holds_numbers(name))
    total = Amount(sum(size for _, size in files))
    return WeightsNeed(model, str(folder), total, NOTHING, Amount(numbers))


def _numbers_in(here: FetchedWeights) -> int:
    return sum((here.folder / name).stat().st_size for name in here.files if holds_numbers(name))


def _sum(amounts: Iterable[Amount]) -> Amount:
    parts = list(amounts)
    unknown = [part for part in parts if part.size_bytes is None]
    return unknown[0] if unknown else Amount(sum(part.size_bytes or 0 for part in parts))
