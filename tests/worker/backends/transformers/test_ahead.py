"""Requests prepared ahead, while the model writes."""

import threading
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, Page, PageError, Request
from vlmhb_worker.backends.transformers.ahead import Ahead, Job, settings_of
from vlmhb_worker.backends.transformers.batches import Limits
from vlmhb_worker.backends.transformers.family import Prepared

PATIENCE_S = 10.0


class Asked:
    """A feed whose requests come when the test says so."""

    def __init__(self, *ids: str) -> None:
        self._changed = threading.Condition()
        self._waiting = list(ids)
        self._is_over = False
        self.is_stopping = False
        self.settled: dict[str, Any] = {}

    def come(self, *ids: str, is_over: bool = False) -> None:
        with self._changed:
            self._waiting += ids
            self._is_over = is_over
            self._changed.notify_all()

    def take(self, limit: int, *, wait: bool) -> list[Request]:
        with self._changed:
            if wait:
                self._changed.wait_for(lambda: self._waiting or self._is_over)
            taken, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return [ask(identity) for identity in taken]

    def settle(self, request_id: str, result: Any) -> None:
        self.settled[request_id] = result


class Bench:
    """A queue at work, and which requests it has prepared."""

    def __init__(self, feed: Asked, most: int = 8, size_bytes: int = 0) -> None:
        self.feed = feed
        self.prepared: list[str] = []
        self._changed = threading.Condition()
        self._size_bytes = size_bytes
        self.ahead = Ahead(feed, self._prepare, lambda: most)  # type: ignore[arg-type]
        self.ahead.start()

    def take(self, rows: int) -> str:
        """Ids of the next batch's jobs, in one word."""
        return "".join(job.request.id for job in self.ahead.take(Limits(rows)))

    def wait_for(self, prepared: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.prepared) >= prepared, PATIENCE_S)

    def _prepare(self, request: Request) -> Job:
        if request.id.isupper():
            raise PageError(request.id)
        with self._changed:
            self.prepared.append(request.id)
            self._changed.notify_all()
        prepared = Prepared({}, length=1, size_bytes=self._size_bytes)
        return Job(request, settings_of(request, 0), prepared, 0.0)


def ask(identity: str, **generation: Any) -> Request:
    return Request(identity, "prompt", "", [Page("", "/p.png")], Generation(**generation))


def test_a_full_batch_is_taken_at_once():
    bench = Bench(Asked("a", "b", "c"))

    assert "ab" == bench.take(2)


def test_a_batch_that_is_not_full_is_taken_when_no_more_are_on_their_way():
    """The host may be waiting for these answers before it asks on."""
    assert "ab" == Bench(Asked("a", "b")).take(8)


def test_what_does_not_fit_stays_in_its_order():
    bench = Bench(Asked("a", "b", "c"))
    bench.wait_for(prepared=3)
    bench.feed.come(is_over=True)

    assert ("a", "bc", "") == (bench.take(1), bench.take(3), bench.take(3))


def test_requests_are_prepared_before_anyone_asks_for_them_but_not_without_bound():
    bench = Bench(Asked("a", "b", "c", "d"), most=2)
    bench.wait_for(prepared=2)
    taken = bench.take(2)
    bench.wait_for(prepared=4)

    assert "ab" == taken
    assert ["a", "b", "c", "d"] == bench.prepared


def test_large_requests_are_taken_before_their_batch_is_full():
    """Eight pages of a gigabyte each do not wait in memory for one another."""
    bench = Bench(Asked("a", "b", "c"), size_bytes=2**31)

    assert "a" == bench.take(3)
    assert "b" == bench.take(3)


def test_a_page_that_cannot_be_read_fails_alone():
    bench = Bench(Asked("a", "X", "b"))

    assert "ab" == bench.take(2)
    assert isinstance(bench.feed.settled["X"], PageError)


def test_the_end_is_told_once_all_are_taken():
    bench = Bench(Asked("a"))
    bench.feed.come(is_over=True)

    assert ("a", "", "") == (bench.take(8), bench.take(8), bench.take(8))


def test_after_shutdown_nothing_that_waits_is_taken():
    bench = Bench(Asked("a", "b"))
    bench.wait_for(prepared=2)
    bench.feed.is_stopping = True
    bench.feed.come(is_over=True)

    assert "" == bench.take(1)


def test_a_broken_feed_is_an_error_for_whoever_waits():
    """Else the worker would sit there until the host's patience ends."""

    class Broken(Asked):
        def take(self, limit: int, *, wait: bool) -> list[Request]:
            raise OSError(f"{limit} {wait}")

    with pytest.raises(OSError, match="1 False"):
        Bench(Broken()).take(1)


def test_a_ceiling_bounds_what_the_task_wants():
    assert 16 == settings_of(ask("a", max_new_tokens=512), 16).max_new_tokens
    assert 8 == settings_of(ask("a", max_new_tokens=8), 16).max_new_tokens
    assert 512 == settings_of(ask("a", max_new_tokens=512), 0).max_new_tokens


def test_requests_with_other_wishes_cannot_share_a_batch():
    wishes: list[dict[str, Any]] = [
        {},
        {},
        {"max_new_tokens": 9},
        {"stop": ("x",)},
        {"temperature": 1.0},
    ]
    jobs = [
        Job(ask(str(number), **wish), settings_of(ask("", **wish), 0), Prepared({}), 0.0)
        for number, wish in enumerate(wishes)
    ]

    keys = [job.load.key for job in jobs]
    assert keys[0] == keys[1]
    assert 4 == len(set(keys))


def test_sampled_requests_share_nothing():
    """Chance is drawn for the whole batch: its mates would change each other's answers."""
    lucky = ask("a", temperature=1.0)

    assert Job(lucky, settings_of(lucky, 0), Prepared({}), 0.0).load.is_alone
    assert not Job(ask("b"), settings_of(ask("b"), 0), Prepared({}), 0.0).load.is_alone
