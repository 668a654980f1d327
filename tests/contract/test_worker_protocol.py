"""The conversation, frame by frame, as the docstring of `vlmhb_worker` specifies it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import vlmhb_worker
from vlmhb_worker import inbox, messages

from tests.contract.workers import RawWorker, raw_load, raw_request, raw_worker


@contextmanager
def running(worker: RawWorker, request_id: str, fifo: Path) -> Iterator[None]:
    """The worker reads the request's page, and does not come to its end before the exit."""
    os.mkfifo(fifo)
    page = {"sha256": "", "path": str(fifo), "buffer": None}
    worker.send("request", **{**raw_request(request_id), "pages": [page]})
    with fifo.open("wb"):
        yield


def test_every_message_is_in_the_specification() -> None:
    specification = vlmhb_worker.__doc__ or ""

    for table in (messages.FROM_WORKER, messages.FROM_HOST):
        for kind, fields in table.items():
            assert f"\n    {kind} " in specification
            for name in fields:
                assert name in specification


def test_hello_comes_before_anything_is_asked(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        hello = worker.receive()

        assert hello is not None
        assert ("hello", [2, 2]) == (hello["type"], hello["protocol"])
        assert hello["pid"] != worker.process.pid


def test_ping_is_answered_while_the_model_works(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load(faults={"a": "hang"})
        worker.ask("a")
        worker.send("ping", nonce=5)

        assert {"type": "pong", "nonce": 5} == worker.receive()


def test_cancel_takes_back_a_request_that_waits(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        with running(worker, "a", tmp_path / "page.png"):
            worker.ask("b")
            worker.send("cancel", id="b")
            reply = worker.receive()
            worker.ask("c")
        following = [worker.receive() for _ in range(2)]

        assert reply is not None
        assert ("failed", "b", "cancelled") == (reply["type"], reply["id"], reply["reason"])
        assert ["a", "c"] == [message["id"] for message in following if message]


def test_cancel_of_a_request_that_runs_is_answered_at_once_and_its_answer_is_kept_back(
    tmp_path: Path,
) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        with running(worker, "a", tmp_path / "page.png"):
            worker.send("cancel", id="a")
            reply = worker.receive()
        worker.ask("b")
        following = worker.receive()

        assert reply is not None
        assert ("failed", "a", "cancelled") == (reply["type"], reply["id"], reply["reason"])
        assert following is not None
        assert ("answer", "b") == (following["type"], following["id"])


def test_the_id_of_a_cancelled_request_that_runs_is_not_taken_again(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        with running(worker, "a", tmp_path / "page.png"):
            worker.send("cancel", id="a")
            worker.receive()
            worker.ask("a")
            code, stderr = worker.end()

        assert inbox.EXIT_PROTOCOL == code
        assert "request a while it is unanswered or cancelled" in stderr


def test_cancel_of_anything_else_is_a_remark(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        worker.send("cancel", id="x")
        remark = worker.receive()

        assert remark is not None
        assert "log" == remark["type"]


def test_drain_answers_what_waits_and_ends(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load(window=3)
        for name in "abc":
            worker.ask(name)
        worker.send("drain")
        answered = [worker.receive() for _ in range(3)]

        assert ["a", "b", "c"] == [message["id"] for message in answered if message]
        assert worker.receive() is None
        assert (0, "") == worker.end()


def test_shutdown_ends_without_answering_what_waits(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        with running(worker, "a", tmp_path / "page.png"):
            worker.ask("b")
            worker.send("shutdown")
            worker.send("ping", nonce=1)
            worker.receive()
        answer = worker.receive()

        assert answer is not None
        assert ("answer", "a") == (answer["type"], answer["id"])
        assert worker.receive() is None
        assert (0, "") == worker.end()


def test_shutdown_ends_a_worker_that_has_loaded_nothing(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.receive()
        worker.send("shutdown")

        assert (0, "") == worker.end()


def test_the_end_of_input_ends_a_worker_that_hangs(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load(faults={"a": "hang"})
        worker.ask("a")
        worker.close_input()

        assert (inbox.EXIT_HOST_GONE, "") == worker.end()


def test_a_batch_that_raises_is_run_again_one_by_one(tmp_path: Path) -> None:
    """Nobody knows which request of the batch is to blame, and the neighbours are innocent."""
    with raw_worker(tmp_path) as worker:
        worker.load(batch_size=4, faults={"bad": "interrupt"})
        for name in ("a", "bad", "c"):
            worker.ask(name)
        kinds: dict[str, str] = {}
        while len(kinds) < 3:
            message = worker.receive()
            assert message is not None
            kinds[message["id"]] = message["type"]

        assert {"a": "answer", "bad": "failed", "c": "answer"} == kinds


@pytest.mark.parametrize(
    ("kind", "fields", "complaint"),
    [
        ("load", raw_load(), "a second load"),
        ("sing", {}, "type: got 'sing'"),
        ("ping", {}, "ping: got [], expected the fields nonce"),
        ("ping", {"nonce": -1}, "ping.nonce: got -1"),
        ("cancel", {"id": 5}, "cancel.id: got 5, expected text"),
        ("pong", {"nonce": 1}, "type: got 'pong'"),
    ],
)
def test_a_host_that_breaks_the_protocol_is_left(
    tmp_path: Path, kind: str, fields: dict[str, object], complaint: str
) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load()
        worker.send(kind, **fields)
        code, printed = worker.end()

        assert inbox.EXIT_PROTOCOL == code
        assert complaint in printed


def test_requests_beyond_the_window_are_refused(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load(faults={"": "hang"})
        for name in "abc":
            worker.ask(name)
        code, printed = worker.end()

        assert inbox.EXIT_PROTOCOL == code
        assert "beyond the window of 2" in printed


def test_a_request_asked_twice_is_refused(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load(faults={"": "hang"})
        worker.ask("a")
        worker.ask("a")

        assert inbox.EXIT_PROTOCOL == worker.end()[0]


def test_bytes_that_are_no_frame_end_the_worker(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.receive()
        worker.send_bytes(b"GET / HTTP/1.1\r\n")

        assert inbox.EXIT_PROTOCOL == worker.end()[0]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
def test_the_guard_ends_as_the_worker_ended(tmp_path: Path, number: signal.Signals) -> None:
    with raw_worker(tmp_path) as worker:
        hello = worker.receive()
        assert hello is not None
        os.kill(hello["pid"], number)

        assert -number == worker.end()[0]
