"""Batches, and what is done when one raises."""

from collections.abc import Iterator

import pytest
from vlmhb_worker import batch
from vlmhb_worker.backend import Backend, DeviceLostError, Reply, Request

from tests.worker.backends.feeds import ListFeed
from tests.worker.test_failures import MEMORY_RAN_OUT


class Small(Backend):
    """Answers requests alone; for more its memory is too small."""

    batch_size = 8

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def answer_batch(self, requests: list[Request]) -> Iterator[tuple[str, Reply]]:
        """One answer."""
        if len(requests) > 1:
            raise self.error
        yield requests[0].id, Reply("fine")


def eight() -> ListFeed:
    return ListFeed(*((str(index), "q") for index in range(8)))


@pytest.mark.parametrize("error", MEMORY_RAN_OUT, ids=str)
def test_requests_whose_batch_was_too_large_are_answered_alone(error: BaseException) -> None:
    feed = eight()
    batch.serve(Small(error), feed)  # type: ignore[arg-type]

    assert {str(index): Reply("fine") for index in range(8)} == feed.settled


def test_a_batch_that_broke_the_device_is_not_run_again() -> None:
    feed = eight()

    with pytest.raises(DeviceLostError):
        batch.serve(Small(RuntimeError("CUDA error: unknown error")), feed)  # type: ignore[arg-type]
    assert {} == feed.settled
