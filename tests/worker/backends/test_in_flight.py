"""The loop between the feed and an engine, with an engine that needs no model."""

from collections.abc import Iterator

import pytest
from vlmhb_worker.backend import PageError, Reply, Request
from vlmhb_worker.backends.in_flight import Engine, InFlight, Result

from tests.worker.backends.feeds import ListFeed


class CountdownEngine(Engine):
    """Answers a request after as many steps as its prompt says."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.aborted: list[str] = []

    def prepare(self, request: Request) -> Request:
        if request.prompt == "unreadable":
            raise PageError("cannot be decoded")
        if request.prompt == "exit":
            raise SystemExit(3)
        return request

    def admit(self, prepared: Request) -> Exception | None:
        if prepared.prompt == "too long":
            return ValueError("too long")
        self.left[prepared.id] = int(prepared.prompt)
        return None

    def abort(self, request_id: str) -> None:
        self.aborted.append(request_id)
        del self.left[request_id]

    def step(self) -> Iterator[tuple[str, Result]]:
        if "dies" in self.left:
            raise RuntimeError("the engine died")
        self.left = {name: steps - 1 for name, steps in self.left.items()}
        for name in [name for name, steps in self.left.items() if steps <= 0]:
            del self.left[name]
            yield name, Reply(name)


def serve(feed: ListFeed) -> CountdownEngine:
    engine = CountdownEngine()
    InFlight(engine, feed).serve()  # type: ignore[arg-type]
    return engine


def test_short_requests_do_not_wait_for_long_ones():
    feed = ListFeed(("long", "500"), ("short", "1"), ("middle", "20"))

    serve(feed)

    assert ["short", "middle", "long"] == list(feed.settled)
    assert {name: Reply(name) for name in ("long", "short", "middle")} == feed.settled


def test_an_empty_feed_ends_at_once():
    feed = ListFeed()

    serve(feed)

    assert {} == feed.settled


@pytest.mark.parametrize(("prompt", "error"), [("unreadable", PageError), ("too long", ValueError)])
def test_a_request_that_is_refused_fails_alone(prompt: str, error: type[Exception]):
    feed = ListFeed(("before", "3"), ("bad", prompt), ("after", "3"))

    serve(feed)

    assert isinstance(feed.settled["bad"], error)
    assert Reply("before") == feed.settled["before"]
    assert Reply("after") == feed.settled["after"]


def test_a_cancelled_request_leaves_the_engine():
    feed = ListFeed(("endless", "1000000000"), ("short", "2"), cancel="endless")

    engine = serve(feed)

    assert ["endless"] == engine.aborted
    assert {"endless", "short"} == feed.settled.keys()


class LateEngine(CountdownEngine):
    """Has the output of a request under way when it is told to forget it."""

    def step(self) -> Iterator[tuple[str, Result]]:
        yield from super().step()
        for name in self.aborted:
            yield name, Reply("late")


def test_an_output_that_comes_after_its_request_was_cancelled_is_dropped():
    feed = ListFeed(("endless", "1000000000"), ("short", "2"), cancel="endless")

    InFlight(LateEngine(), feed).serve()  # type: ignore[arg-type]

    assert isinstance(feed.settled["endless"], RuntimeError)
    assert Reply("short") == feed.settled["short"]


def test_an_engine_that_dies_leaves_its_requests_unsettled():
    feed = ListFeed(("dies", "5"), ("other", "500"))

    with pytest.raises(RuntimeError, match="the engine died"):
        serve(feed)

    assert {} == feed.settled


def test_what_ends_the_preparation_ends_the_serving():
    feed = ListFeed(("bad", "exit"))

    with pytest.raises(SystemExit):
        serve(feed)
