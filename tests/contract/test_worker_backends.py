"""What a worker makes of backends that stretch what `Backend` promises."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from vlmhb_worker import inbox, messages, wire
from vlmhb_worker.serve import EXIT_BACKEND_BROKE

from tests.contract.workers import (
    LENT,
    RawWorker,
    ask,
    raw_load,
    raw_request,
    raw_worker,
    session,
    toy,
)
from vlmhb.worker import DeathKind, Hello, Loaded, LoadOrder, LoadProgress

SECRET = "canary-3f9c1e7a5b2d"


@contextmanager
def blame(folder: Path) -> Iterator[tuple[RawWorker, Path]]:
    """A worker whose batch of a, b, c and d fails, inside that batch, and its gate."""
    gate = folder / "gate"
    os.mkfifo(gate)
    with raw_worker(folder) as worker:
        worker.load("odd_backends:Blame", gate=str(gate), ran=str(folder / "ran"))
        worker.ask("first")
        with gate.open("wb"):
            for name in "abcd":
                worker.ask(name)
            worker.send("ping", nonce=1)
            worker.receive()
        worker.receive()
        yield worker, gate


def test_a_failed_batch_is_not_run_again_for_those_that_were_cancelled(tmp_path: Path) -> None:
    with blame(tmp_path) as (worker, gate):
        with gate.open("wb"):
            for name in "abc":
                worker.send("cancel", id=name)
            cancelled = [worker.receive() for _ in "abc"]
        answer = worker.receive()

        assert ["a", "b", "c"] == [message["id"] for message in cancelled if message]
        assert answer is not None
        assert ("answer", "d") == (answer["type"], answer["id"])
        assert ["first", "a b c d", "d"] == (tmp_path / "ran").read_text().splitlines()


def test_a_failed_batch_is_not_run_again_after_a_shutdown(tmp_path: Path) -> None:
    with blame(tmp_path) as (worker, gate):
        with gate.open("wb"):
            worker.send("shutdown")
            worker.send("ping", nonce=2)
            worker.receive()

        assert worker.receive() is None
        assert (0, "") == worker.end()
        assert ["first", "a b c d"] == (tmp_path / "ran").read_text().splitlines()


def test_progress_that_comes_after_loading_is_not_heard(tmp_path: Path) -> None:
    with session(tmp_path, lent=LENT) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.load(LoadOrder(toy("odd_backends:LateProgress"), seed=0))
        progress = running.expect(LoadProgress)
        running.expect(Loaded)

        assert LoadProgress("early", 0, 0) == progress
        assert "a" == running.answer("a").request_id


def test_a_thread_that_a_model_leaves_behind_keeps_nobody(tmp_path: Path) -> None:
    left = tmp_path / "left"
    with raw_worker(tmp_path) as worker:
        worker.load("odd_backends:Lingering", left=str(left))
        worker.send("drain")

        assert (0, "") == worker.end()
        assert left.exists(), "what the model wanted done at the exit was not done"


def test_a_window_that_is_no_number_is_a_load_that_failed(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        end = worker.load("odd_backends:Windowless", left=str(tmp_path / "left"))
        worker.send("drain")

        assert "window is None, expected a whole number from 0" == end["error"]["message"]
        assert 0 == worker.end()[0]


def test_an_error_outside_of_the_model_ends_the_worker_at_once(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.receive()
        params = raw_load(left=str(tmp_path / "left"))
        worker.send("load", **{**params, "backend": "odd_backends:Moody"})
        code, printed = worker.end()

        assert EXIT_BACKEND_BROKE == code
        assert "TypeError" in printed


def test_a_backend_is_closed_at_the_end(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load("odd_backends:Closing", closed=str(tmp_path / "closed"))
        worker.send("drain")

        assert (0, "") == worker.end()
        assert (tmp_path / "closed").exists()


def test_a_backend_that_stops_serving_ends_the_worker(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load("odd_backends:Quitter", closed=str(tmp_path / "closed"))
        code, printed = worker.end()

        assert EXIT_BACKEND_BROKE == code
        assert "stopped serving while requests may still come" in printed


@pytest.mark.parametrize("ending", ["drain", "shutdown"])
def test_every_thread_that_waits_for_requests_hears_of_the_end(tmp_path: Path, ending: str) -> None:
    with raw_worker(tmp_path) as worker:
        worker.load("odd_backends:Twins")
        worker.ask("a")
        worker.receive()
        worker.send(ending)

        assert (0, "") == worker.end()


def told(worker: RawWorker, **params: Any) -> list[dict[str, Any]]:
    """What a worker says while it loads, before the host hides anything."""
    worker.receive()
    order = {**raw_load(**params), "backend": "odd_backends:Teller", "secrets": {"KEY": SECRET}}
    worker.send("load", **order)
    stage = worker.receive()
    assert stage is not None
    return [stage, worker.end_of_load()]


def test_a_secret_is_hidden_before_what_it_is_in_is_cut(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        stage, loaded = told(worker)

        hidden = ("x" * 191 + "[secret]", "x" * 3990 + "[secret]", "login with [secret]")
        facts = loaded["facts"]
        assert hidden == (stage["stage"], facts["cut"], facts["key [secret]"])


def test_no_half_of_a_secret_is_in_an_error(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        _, failed = told(worker, fails=True)

        assert messages.MAX_MESSAGE_CHARS > len(failed["error"]["message"])
        assert SECRET[:8] not in failed["error"]["message"] + failed["error"]["traceback"]


def test_no_half_of_a_secret_is_in_what_comes_of_a_request(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        told(worker)
        for name in ("raise", "degrade"):
            worker.ask(name)
        failed, answer = worker.receive(), worker.receive()

        assert failed is not None
        assert "x" * 3990 + "[secret]" == failed["error"]["message"]
        assert answer is not None
        assert ["x" * 190 + "[secret]"] == answer["degraded"]


def test_a_secret_among_the_frames_is_not_in_the_death(tmp_path: Path) -> None:
    with session(tmp_path, lent=LENT) as running:
        running.worker.start()
        running.expect(Hello)
        order = LoadOrder(toy("odd_backends:Teller"), seed=0, secrets={"KEY": SECRET})
        running.worker.load(order)
        running.until(Loaded)
        running.worker.send(ask("a"))
        death = running.death()

        assert DeathKind.PROTOCOL == death.kind
        assert "bytes that are no frame: b'[secret]" in death.detail
        assert SECRET not in death.detail


def test_an_arena_that_cannot_be_mapped_says_so(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with raw_worker(tmp_path, folder) as worker:
        os.close(folder)
        worker.load()
        buffer = {"place": "shared", "offset": 0, "length": 1}
        page = {"sha256": "00", "path": None, "buffer": buffer}
        worker.send("request", **{**raw_request("a"), "pages": [page]})
        code, printed = worker.end()

        assert inbox.EXIT_READER_BROKE == code
        assert "cannot map the memory of the host" in printed
        assert "lost the host" not in printed


def test_a_worker_that_has_no_memory_for_a_request_ends(tmp_path: Path) -> None:
    with raw_worker(tmp_path) as worker:
        hello = worker.receive()
        assert hello is not None
        limit = 32 << 20
        for line in Path(f"/proc/{hello['pid']}/status").read_text().splitlines():
            if line.startswith("VmSize:"):
                limit += int(line.split()[1]) << 10
        resource.prlimit(hello["pid"], resource.RLIMIT_AS, (limit, limit))
        message = {"type": "request", **raw_request("a")}
        worker.send_bytes(wire.encode(message, wire.FROM_HOST, 200 << 20))
        code, printed = worker.end()

        assert inbox.EXIT_READER_BROKE == code
        assert "MemoryError" in printed
