"""Pages whose bytes travel: where they lie, that they arrive unchanged, and what passes them."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker import inbox, wire

from tests.contract.workers import LENT, Session, ask, raw_request, raw_worker, session, toy
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.domain.run import Request
from vlmhb.domain.sample import PageContent, PageImage, UnreadablePage
from vlmhb.domain.task import Generation
from vlmhb.errors import WorkerError
from vlmhb.system.page_bytes import page_file
from vlmhb.worker import Answered, DeathKind, Hello, Loaded, LoadOrder
from vlmhb.worker.arena import ARENA_BYTES

MIB = 1 << 20


def page(content: bytes) -> PageContent:
    return PageContent("page.png", hashlib.sha256(content).hexdigest(), 1, 1, content)


def request(request_id: str, *contents: bytes) -> Request:
    pages = tuple(page(content) for content in contents)
    return Request(request_id, "toy", request_id, "", "/", pages, Generation())


def load(running: Session, backend: str) -> int:
    """The process that holds the model."""
    running.worker.start()
    pid = running.expect(Hello).pid
    running.worker.load(LoadOrder(toy(backend), seed=0))
    running.until(Loaded)
    return pid


@pytest.mark.parametrize("sizes", [(1,), (5_000, 3 * MIB), (130 * MIB, 130 * MIB, 1)], ids=str)
def test_bytes_of_pages_arrive_unchanged(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """The last are too much for the arena, so one of them travels behind its frame."""
    contents = [os.urandom(min(size, MIB)) * max(1, size // MIB) for size in sizes]
    with session(tmp_path, lent=LENT) as running:
        load(running, "crc_backend:Crc")
        running.worker.send(request("a", *contents))
        answer = running.expect(Answered).outcome

        assert isinstance(answer, Answer)
        expected = [[zlib.crc32(content), len(content), True] for content in contents]
        assert expected == json.loads(answer.text)


def test_pages_that_are_too_much_for_one_frame_are_not_sent(tmp_path: Path) -> None:
    with session(tmp_path, lent=LENT) as running:
        load(running, "crc_backend:Crc")
        with pytest.raises(WorkerError, match=r"268435457 behind it, at most .* and 268435456"):
            running.worker.send(request("a", b"x" * (ARENA_BYTES + 1)))
        running.worker.send(request("a", b"x"))

        assert "a" == running.expect(Answered).outcome.request_id


@pytest.mark.parametrize(
    "shown",
    [
        PageImage("a.pdf#page=2", "0" * 64, 1, 1, "{}/kept/0.png"),
        PageImage("0.png", "0" * 64, 1, 1),
    ],
    ids=lambda page: page.path,
)
def test_a_failure_names_the_page_as_the_dataset_does(tmp_path: Path, shown: PageImage) -> None:
    """Its path is this machine's, and what lies there may have a name that says nothing."""
    asked = replace(shown, file=shown.file.format(tmp_path))
    file = page_file(str(tmp_path), asked)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"damaged")
    with session(tmp_path, lent=LENT) as running:
        load(running, "odd_backends:Shower")
        running.worker.send(replace(request("a"), root=str(tmp_path), pages=(asked,)))
        failed = running.expect(Answered).outcome

        assert isinstance(failed, FailedAnswer)
        told = f"cannot decode {asked.path}: cannot identify image file '{asked.path}'"
        assert told == failed.error.message
        assert f"PageError: {told}" in failed.error.traceback
        assert str(tmp_path) not in failed.error.traceback


def test_memory_of_settled_requests_is_used_for_the_next(tmp_path: Path) -> None:
    """Four times what the arena holds goes through it, four requests at a time."""
    contents = [os.urandom(MIB) * 64 for _ in range(4)]
    with session(tmp_path, lent=LENT) as running:
        load(running, "crc_backend:Crc")
        answers = []
        for index in range(16):
            if index >= 4:
                answers.append(running.expect(Answered).outcome)
            running.worker.send(request(str(index), contents[index % 4]))
        answers += [running.expect(Answered).outcome for _ in range(4)]

        sums = {str(index): zlib.crc32(contents[index % 4]) for index in range(16)}
        assert sums == {
            answer.request_id: json.loads(answer.text)[0][0]
            for answer in answers
            if isinstance(answer, Answer)
        }
        arena = running.worker._process.arena
        assert arena is not None
        assert {} == arena._taken


def test_a_cancelled_request_keeps_its_memory(tmp_path: Path) -> None:
    """Its model may look at it still, and would find another page there."""
    with session(tmp_path, lent=LENT) as running:
        load(running, "flood_backend:Flood")
        running.worker.send(Request("a", "toy", "wait", "", "/", (page(b"x"),), Generation()))
        running.worker.cancel("a")
        cancelled = running.expect(Answered).outcome

        assert isinstance(cancelled, FailedAnswer)
        assert FailureReason.CANCELLED == cancelled.reason
        arena = running.worker._process.arena
        assert arena is not None
        assert [0] == list(arena._taken)


def test_a_system_without_memfd_will_do(tmp_path: Path) -> None:
    program = f"""
import os, sys
from pathlib import Path
del os.memfd_create
from tests.contract.test_worker_pages import load, request
from tests.contract.workers import LENT, Session
from vlmhb.worker import Answered
running = Session(Path(sys.argv[1]), sys.executable, LENT)
load(running, "crc_backend:Crc")
for name in ("a", "b"):
    running.worker.send(request(name, name.encode() * {3 * MIB}, b"small"))
    print(running.expect(Answered).outcome.text)
running.worker.shutdown(grace_s=20)
running.death()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    small = [zlib.crc32(b"small"), 5, True]
    expected = [[[zlib.crc32(name * 3 * MIB), 3 * MIB, True], small] for name in (b"a", b"b")]
    assert expected == [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("buffer", "complaint"),
    [
        ({"place": "frame", "offset": 0, "length": 5}, "got bytes 0 to 5 of frame, which has 4"),
        ({"place": "frame", "offset": 4, "length": 1}, "got bytes 4 to 5 of frame, which has 4"),
        ({"place": "frame", "offset": 2**62, "length": 2**62}, "of frame, which has 4"),
        ({"place": "shared", "offset": 0, "length": 1}, "bytes 0 to 1 of shared, which has 0"),
        ({"place": "moon", "offset": 0, "length": 1}, "place: got 'moon', expected one of frame"),
        ({"place": "frame", "offset": -1, "length": 1}, "offset: got -1"),
        (None, "a page without path and buffer"),
    ],
)
def test_bytes_that_are_not_there_are_refused(
    tmp_path: Path, buffer: dict[str, Any] | None, complaint: str
) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        pages = [{"sha256": "00", "path": None, "buffer": buffer}]
        message = {"type": "request", **raw_request("a"), "pages": pages}
        worker.send_bytes(wire.encode(message, wire.FROM_HOST, 4) + b"four")
        code, printed = worker.end()

        assert inbox.EXIT_PROTOCOL == code
        assert complaint in printed


def test_a_request_that_has_not_left_is_cancelled_without_leaving(tmp_path: Path) -> None:
    with session(tmp_path, lent=LENT) as running:
        os.kill(load(running, "flood_backend:Flood"), signal.SIGSTOP)
        for index in range(30):
            running.worker.send(ask("x" * MIB, str(index)))
        running.worker.cancel("29")
        cancelled = running.expect(Answered).outcome

        assert isinstance(cancelled, FailedAnswer)
        assert ("29", FailureReason.CANCELLED) == (cancelled.request_id, cancelled.reason)


def test_a_request_that_has_not_left_gives_its_memory_back(tmp_path: Path) -> None:
    with session(tmp_path, lent=LENT) as running:
        os.kill(load(running, "flood_backend:Flood"), signal.SIGSTOP)
        for index in range(30):
            running.worker.send(ask("x" * MIB, str(index)))
        running.worker.send(request("last", b"x"))
        arena = running.worker._process.arena
        assert arena is not None
        before = list(arena._taken)
        running.worker.cancel("last")
        running.expect(Answered)

        assert ([0], []) == (before, list(arena._taken))


def test_a_request_that_cannot_travel_gives_its_memory_back(tmp_path: Path) -> None:
    unreadable = UnreadablePage("gone.png", "", "No such file")
    with session(tmp_path) as running:
        running.load()
        pages = (page(b"x"), unreadable)
        with pytest.raises(WorkerError, match=r"gone\.png: No such file"):
            running.worker.send(Request("a", "toy", "a", "", "/", pages, Generation()))

        arena = running.worker._process.arena
        assert arena is not None
        assert {} == arena._taken


def test_a_shutdown_passes_requests_that_wait(tmp_path: Path) -> None:
    """Those that have not left are not sent: the worker would refuse them after it."""
    with session(tmp_path) as running:
        running.load(window=40, delay_s=0.5)
        for index in range(20):
            running.worker.send(ask("x" * MIB, str(index)))
        running.worker.shutdown(grace_s=20)
        death = running.death()

        assert (DeathKind.CLOSED, "exit code 0") == (death.kind, death.detail)


def test_a_cancel_is_answered_amid_a_flood_that_stays_whole(tmp_path: Path) -> None:
    """Requests of 10 MB, answers at full rate and 20 MB of prints, all at once."""
    contents = [os.urandom(MIB) * 10 for _ in range(4)]
    count = 40
    with session(tmp_path, lent=LENT) as running:
        pid = load(running, "flood_backend:Flood")
        # It fills the arena, so that all others go through the pipe.
        running.worker.send(request("wait", bytes(ARENA_BYTES)))
        os.kill(pid, signal.SIGSTOP)
        for index in range(count):
            running.worker.send(request(str(index), contents[index % 4]))
        running.worker.cancel("wait")
        os.kill(pid, signal.SIGCONT)
        outcomes = [running.expect(Answered).outcome for _ in range(count + 1)]
        running.worker.shutdown(grace_s=20)
        death = running.death()

        place = [outcome.request_id for outcome in outcomes].index("wait")
        cancelled = outcomes.pop(place)
        assert isinstance(cancelled, FailedAnswer)
        assert place < count / 2, "it waited for the flood to pass"
        texts = {o.request_id: o.text for o in outcomes if isinstance(o, Answer)}
        for index in range(count):
            word = f"{zlib.crc32(contents[index % 4]):08x} "
            assert word * (190_000 // 9) == texts[str(index)]
        assert "exit code 0" == death.detail
        assert death.stderr_tail.rstrip().endswith("the model prints and prints and prints")
