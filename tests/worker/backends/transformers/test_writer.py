"""What becomes of a batch for which memory runs out."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from vlmhb_worker.backend import Generation, Reply, Request
from vlmhb_worker.backends.transformers.ahead import Job
from vlmhb_worker.backends.transformers.device import Gauge
from vlmhb_worker.backends.transformers.family import Family, Prepared, Settings
from vlmhb_worker.backends.transformers.memory import Memory
from vlmhb_worker.backends.transformers.writer import Writer

from tests.worker.backends.feeds import ListFeed
from tests.worker.test_failures import MEMORY_RAN_OUT


class Small(Family):
    """A family whose model has memory for two rows."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.model = SimpleNamespace()
        self.tokenizer = self.decoder = None
        self.rows: list[int] = []

    def write(self, batch: Any, settings: Any, watch: Any) -> list[str]:
        """The texts, or the error."""
        self.rows.append(len(batch))
        if len(batch) > 2:
            raise self.error
        return ["fine"] * len(batch)


@pytest.mark.parametrize("error", MEMORY_RAN_OUT, ids=str)
def test_a_batch_that_ran_out_of_memory_is_halved_whatever_says_so(
    error: BaseException, user_modules: Path
) -> None:
    (user_modules / "transformers.py").write_text('__version__ = "4.57.1"')
    family, feed = Small(error), ListFeed()
    writer = Writer(family, Memory(8, grows=False), Gauge("cpu"), feed, _never)  # type: ignore[arg-type]

    writer.answer([_job(str(index)) for index in range(8)])

    assert [8, 4, 2, 2, 2, 2] == family.rows
    replies = [reply for reply in feed.settled.values() if isinstance(reply, Reply)]
    assert ["fine"] * 8 == [reply.text for reply in replies]
    assert {("batch_size 8 -> 2",)} == {reply.degraded for reply in replies}


def _job(name: str) -> Job:
    request = Request(name, "q", "", (), Generation())
    return Job(request, Settings(8), Prepared({}, length=4), 0.0)


def _never(request: Request) -> Job:
    raise AssertionError(f"{request.id} was prepared again")
