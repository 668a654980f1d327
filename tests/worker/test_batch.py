"""Batches, and what is done when one raises."""

from collections.abc import Iterator

import pytest
from vlmhb_worker import batch
from vlmhb_worker.backend import Backend, DeviceLostError, Reply, Request

from tests.worker.backends.feeds import ListFeed
from tests.worker.test_failures import MEMORY_RAN_OUT


class Small(Backend):
    """Has memory for so many pages at a time, or for one request alone."""

    batch_size = 8

    def __init__(self, error: BaseException, pages: int = 1) -> None:
        self.error = error
        self.pages = pages
        self.tried: list[int] = []

    def answer_batch(self, requests: list[Request]) -> Iterator[tuple[str, Reply]]:
        """An answer for each."""
        self.tried.append(len(requests))
        if sum(int(request.prompt) for request in requests) > self.pages:
            raise self.error
        for request in requests:
            yield request.id, Reply("fine")


def feed_of(*pages: int) -> ListFeed:
    return ListFeed(*((str(place), str(count)) for place, count in enumerate(pages)))


def eight() -> ListFeed:
    return feed_of(*[1] * 8)


@pytest.mark.parametrize("error", MEMORY_RAN_OUT, ids=str)
def test_a_batch_that_was_too_large_is_halved_and_its_answers_say_so(error: BaseException) -> None:
    small, feed = Small(error), eight()
    batch.serve(small, feed)  # type: ignore[arg-type]

    fine = Reply("fine", degraded=("batch_size 8 -> 1",))
    assert {str(index): fine for index in range(8)} == feed.settled
    assert [8, 4, 2, *[1] * 8] == small.tried


def test_what_memory_did_for_is_the_size_of_all_that_is_left_of_the_batch() -> None:
    small, feed = Small(MemoryError(), pages=2), eight()
    batch.serve(small, feed)  # type: ignore[arg-type]

    assert [8, 4, 2, 2, 2, 2] == small.tried
    fine = Reply("fine", degraded=("batch_size 8 -> 2",))
    assert {str(index): fine for index in range(8)} == feed.settled


def test_the_smaller_size_is_kept_for_some_batches_and_then_doubled() -> None:
    """A few long documents in front, then many short ones."""
    small = Small(MemoryError(), pages=8)
    feed = feed_of(*[2] * 8, *[1] * (4 * (batch.KEPT_BATCHES + 10)))
    batch.serve(small, feed)  # type: ignore[arg-type]

    kept = batch.KEPT_BATCHES - 1
    assert [8, 4, 4, *[4] * kept, 8] == small.tried[: 4 + kept]
    degraded = {name: reply.degraded for name, reply in feed.settled.items() if reply.degraded}
    assert dict.fromkeys(map(str, range(8)), ("batch_size 8 -> 4",)) == degraded


def test_one_for_which_memory_does_not_do_alone_fails_and_the_others_are_answered() -> None:
    small, feed = Small(MemoryError("full"), pages=4), feed_of(1, 9, 1, 1)
    batch.serve(small, feed)  # type: ignore[arg-type]

    assert isinstance(feed.settled["1"], MemoryError)
    assert 3 == sum(isinstance(result, Reply) for result in feed.settled.values())


def test_a_batch_that_raises_something_else_is_run_again_one_by_one() -> None:
    small, feed = Small(ValueError("no")), eight()
    batch.serve(small, feed)  # type: ignore[arg-type]

    assert [8, *[1] * 8] == small.tried
    assert {str(index): Reply("fine") for index in range(8)} == feed.settled


def test_a_batch_that_broke_the_device_is_not_run_again() -> None:
    feed = eight()

    with pytest.raises(DeviceLostError):
        batch.serve(Small(RuntimeError("CUDA error: unknown error")), feed)  # type: ignore[arg-type]
    assert {} == feed.settled
