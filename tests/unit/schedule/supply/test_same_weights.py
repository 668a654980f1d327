"""One reference, one meaning, however often it is asked for."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import WeightsError
from vlmhb.schedule import SameWeights
from vlmhb.weights import FetchedWeights

MAIN = WeightsRef("Org/Name")
OLD, NEW = "a" * 40, "b" * 40


class MovingBranch:
    """A hub whose branch `main` is at another commit each time it is looked at."""

    def __init__(self, *commits: str) -> None:
        self._commits = iter(commits)
        self.digest = ""
        """Set for a hub that gives out other files under the same commit."""

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event,
        on_progress: Callable[[str, int, int], None],
    ) -> FetchedWeights:
        commit = next(self._commits) if ref.revision == "main" else ref.revision
        digest = self.digest or commit
        return FetchedWeights(Path("/w"), ref.repo, ref.revision, commit, digest, (), 0)


def ensure(weights: SameWeights) -> FetchedWeights:
    return weights.ensure(
        MAIN, cancelled=threading.Event(), on_progress=lambda _stage, _done, _total: None
    )


def test_two_models_of_one_run_get_the_same_commit_of_a_branch_that_moves():
    weights = SameWeights(MovingBranch(OLD, NEW), {})

    first, second = ensure(weights), ensure(weights)

    assert (OLD, OLD) == (first.revision_commit, second.revision_commit)
    assert ("main", "main") == (first.revision, second.revision)


def test_a_run_that_goes_on_gets_the_commit_it_began_with():
    weights = SameWeights(MovingBranch(NEW), {MAIN: LoadedWeights("Org/Name", OLD, OLD)})

    assert OLD == ensure(weights).revision_commit


def test_other_files_under_the_same_name_are_refused():
    hub = MovingBranch(OLD)
    weights = SameWeights(hub, {})
    ensure(weights)
    hub.digest = "changed"

    with pytest.raises(WeightsError, match="they changed since this run began"):
        ensure(weights)
