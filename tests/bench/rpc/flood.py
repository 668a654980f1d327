"""R5: a cancel amid pages of 10 MB, answers at full rate and 20 MB of prints."""

import os
import time
import zlib
from pathlib import Path

from tests.bench.row import Row
from tests.contract.test_worker_pages import load, request
from tests.contract.workers import LENT, session
from vlmhb.domain.answer import Answer, FailedAnswer
from vlmhb.worker import Answered, WorkerEvent

ROUNDS = 7
PAGES = 60


def flood(folder: Path) -> tuple[Row, Row]:
    """The cancel, and the answers that are not whole."""
    contents = [os.urandom(10_000_000) for _ in range(4)]
    sums = [f"{zlib.crc32(content):08x}" for content in contents]
    cancel = Row("R5", f"cancel in a flood of {PAGES} pages", "ms", limit=50)
    torn = Row("R5", f"answers of those {PAGES} that are not whole", "answers", limit=0)
    for number in range(ROUNDS):
        took_ms, texts = _round(folder / str(number), contents)
        cancel.add(took_ms)
        whole = sum(text.startswith(sums[int(name) % 4]) for name, text in texts.items())
        torn.add(PAGES - whole)
    return cancel, torn


def _round(folder: Path, contents: list[bytes]) -> tuple[float, dict[str, str]]:
    """Milliseconds from the cancel to its reply, and the texts of all other answers."""
    with session(folder, lent=LENT) as running:
        replied_s: list[float] = []

        def note(event: WorkerEvent) -> None:
            if isinstance(event, Answered) and isinstance(event.outcome, FailedAnswer):
                replied_s.append(time.perf_counter())
            running.events.put(event)

        running.worker._on_event = note
        load(running, "flood_backend:Flood")
        running.worker.send(request("wait"))
        cancelled_s = 0.0
        for index in range(PAGES):
            running.worker.send(request(str(index), contents[index % 4]))
            if index == PAGES // 2:
                cancelled_s = time.perf_counter()
                running.worker.cancel("wait")
        outcomes = [running.expect(Answered).outcome for _ in range(PAGES + 1)]
        texts = {o.request_id: o.text for o in outcomes if isinstance(o, Answer)}
        return (replied_s[0] - cancelled_s) * 1_000, texts
