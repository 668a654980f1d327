"""Weights on this machine: in the user's ordinary cache of the hub, or in a folder."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb.domain.digest import sha256_of
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import UsageError, WeightsError
from vlmhb.system.hf_home import find_hf_home
from vlmhb.system.hub import Hub
from vlmhb.system.patience import Patience
from vlmhb.weights.caller import PATIENCE, Caller, OnProgress, say_nothing
from vlmhb.weights.fetched import Absent, FetchedWeights
from vlmhb.weights.local_folder import in_folder
from vlmhb.weights.repo import WantedRepo


@dataclass(frozen=True, slots=True)
class WeightsStore:
    """The cache, and the hub that it is filled from.

    Example:
        store = WeightsStore.standard()
        fetched = store.ensure(WeightsRef("Org/Name"))
        fetched.folder, fetched.revision_commit
    """

    cache: Path
    hub: Hub
    offline: bool = False
    """Use what the cache holds and ask nobody."""
    patience: Patience = PATIENCE

    @classmethod
    def standard(cls, *, offline: bool = False) -> "WeightsStore":
        """Where HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE say.

        Raises:
            UsageError: this user has no home, the token's file cannot be read, or HF_ENDPOINT is
                no address.
        """
        try:
            home = find_hf_home()
            hub = Hub.standard()
        except OSError as error:
            raise UsageError(
                "cannot tell where weights are kept",
                f"{error.strerror or error}: {error.filename or ''}".rstrip(": "),
                next_step="set HF_HOME to a folder of yours",
            ) from error
        return cls(home.cache, hub, offline or home.offline)

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event | None = None,
        on_progress: OnProgress | None = None,
    ) -> FetchedWeights:
        """What `ref` names, found here or fetched.

        What came before a failure is kept, and the next call goes on there.

        Raises:
            WeightsError: it is not to be had, or `cancelled` was set.
        """
        caller = Caller(cancelled or threading.Event(), on_progress or say_nothing, self.patience)
        return _together([self._ensure(one, caller) for one in (ref, *ref.also)])

    def look(self, ref: WeightsRef) -> FetchedWeights | Absent:
        """What is here of what `ref` names; asks nobody and changes nothing."""
        found = []
        for one in (ref, *ref.also):
            here = self._look(one)
            if isinstance(here, Absent):
                return here
            found.append(here)
        return _together(found)

    def commit_of(self, ref: WeightsRef, *, on_progress: OnProgress | None = None) -> str:
        """The commit that the revision of `ref` means now; offline, what it meant at last.

        Raises:
            WeightsError: the hub does not tell, or the cache does not know.
        """
        wanted = WantedRepo.of(ref, self.cache, self.hub)
        if not self.offline:
            return wanted.commit(Caller(tell=on_progress or say_nothing, patience=self.patience))
        if commit := wanted.last_commit():
            return commit
        raise wanted.not_here(wanted.unknown())

    def _ensure(self, ref: WeightsRef, caller: Caller) -> FetchedWeights:
        if ref.path:
            return in_folder(Path(ref.path))
        wanted = WantedRepo.of(ref, self.cache, self.hub)
        if not self.offline:
            return wanted.ensure(caller)
        match wanted.look():
            case Absent(what=what):
                raise wanted.not_here(what)
            case FetchedWeights() as found:
                return found

    def _look(self, ref: WeightsRef) -> FetchedWeights | Absent:
        if not ref.path:
            return WantedRepo.of(ref, self.cache, self.hub).look()
        try:
            return in_folder(Path(ref.path))
        except WeightsError as error:
            return Absent(error.got)


def _together(found: list[FetchedWeights]) -> FetchedWeights:
    """The first, with the others as its further repos."""
    main, *also = found
    if not also:
        return main
    return replace(main, digest=sha256_of([one.digest for one in found]), also=tuple(also))
