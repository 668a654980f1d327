"""Weights are fetched one model after the other, and only as long as somebody wants them."""

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import WeightsError
from vlmhb.schedule.supply.weights import WeightsFetcher, loaded_weights
from vlmhb.weights import FetchedWeights

PATIENCE_S = 30.0


def fetched(repo: str, *also: FetchedWeights) -> FetchedWeights:
    return FetchedWeights(Path("/cache", repo), repo, "main", "c" * 40, "d" * 64, (), 10, also)


class Source:
    """A hub whose repos called `slow` come only when they are cancelled."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.begun = threading.Event()

    def ensure(
        self,
        ref: WeightsRef,
        *,
        cancelled: threading.Event,
        on_progress: Callable[[str, int, int], None],
    ) -> FetchedWeights:
        self.asked.append(ref.repo)
        on_progress("fetch", 5, 10)
        self.begun.set()
        if ref.repo == "slow":
            assert cancelled.wait(PATIENCE_S)
            raise WeightsError("cannot fetch slow", "it was cancelled")
        if ref.repo == "broken":
            raise WeightsError("cannot fetch broken", "404")
        return fetched(ref.repo)


class Fetching:
    """A fetcher and what it told."""

    def __init__(self, *repos: str) -> None:
        self.source = Source()
        self.steps: list[tuple[str, str, int, int]] = []
        self.done: queue.SimpleQueue[tuple[str, FetchedWeights | Exception]] = queue.SimpleQueue()
        self.fetcher = WeightsFetcher(
            self.source,
            lambda *step: self.steps.append(step),
            lambda *done: self.done.put(done),
        )
        for repo in repos:
            self.fetcher.fetch(repo, WeightsRef(repo))

    def next(self) -> tuple[str, FetchedWeights | Exception]:
        return self.done.get(timeout=PATIENCE_S)


@pytest.fixture
def fetching():
    made: list[Fetching] = []

    def make(*repos: str) -> Fetching:
        made.append(Fetching(*repos))
        return made[-1]

    yield make
    for one in made:
        one.fetcher.close()


def test_weights_come_in_order_and_a_failure_ends_nobody_else(fetching: Callable[..., Fetching]):
    running = fetching("a", "broken", "b")
    first, (broken, error), last = (running.next() for _ in range(3))

    assert ("a", fetched("a")) == first
    assert ("b", fetched("b")) == last
    assert "broken" == broken
    assert isinstance(error, WeightsError)
    assert ("a", "fetch", 5, 10) == running.steps[0]


def test_a_model_that_nobody_waits_for_is_cancelled_and_the_next_one_is_fetched(
    fetching: Callable[..., Fetching],
):
    running = fetching("slow", "dropped", "b")
    running.source.begun.wait(PATIENCE_S)
    running.fetcher.drop("dropped")
    running.fetcher.drop("slow")
    cancelled, last = running.next(), running.next()

    assert "slow" == cancelled[0]
    assert ("b", fetched("b")) == last
    assert ["slow", "b"] == running.source.asked


def test_what_is_asked_for_later_comes_later(fetching: Callable[..., Fetching]):
    running = fetching("a")
    first = running.next()

    running.fetcher.fetch("b", WeightsRef("b"))

    assert [("a", fetched("a")), ("b", fetched("b"))] == [first, running.next()]


def test_closing_cancels_and_leaves_nothing_behind(fetching: Callable[..., Fetching]):
    running = fetching("slow", "b")
    running.source.begun.wait(PATIENCE_S)
    running.fetcher.close()

    assert ["slow"] == running.source.asked
    assert "weights" not in {thread.name for thread in threading.enumerate()}


def test_what_is_recorded_names_every_repo():
    further = fetched("Org/Tower")
    local = FetchedWeights(Path("/models/mine"), "", "", "", "e" * 64, (), 10)

    assert loaded_weights(fetched("Org/Name", further)) == LoadedWeights(
        "Org/Name", "c" * 40, "d" * 64, (LoadedWeights("Org/Tower", "c" * 40, "d" * 64),)
    )
    assert loaded_weights(local) == LoadedWeights("/models/mine", "", "e" * 64)
