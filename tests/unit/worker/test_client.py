"""The host's side of one worker."""

import json
import os
import queue
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.contract.workers import PATIENCE_S, Session, ask, session, toy
from tests.unit.worker.test_process import no_more_files
from vlmhb.domain.answer import Answer
from vlmhb.errors import WorkerError
from vlmhb.worker import (
    Answered,
    DeathKind,
    Died,
    Hello,
    Launch,
    Loaded,
    LoadOrder,
    LoadProgress,
    Worker,
    WorkerEvent,
)
from vlmhb.worker.process import WorkerProcess


def test_a_conversation_in_order(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.load(LoadOrder(toy(batch_size=3), seed=5))
        progress = running.expect(LoadProgress)
        loaded = running.expect(Loaded)
        running.worker.send(ask("q"))
        outcome = running.expect(Answered).outcome
        running.worker.shutdown(grace_s=20)
        death = running.death()

        assert LoadProgress("toy", 1, 1) == progress
        assert (6, 3, None) == (loaded.window, loaded.batch_size, loaded.gpu_memory_bytes)
        assert {"model": "toy", "seed": "5"} == loaded.facts
        assert isinstance(outcome, Answer)
        assert (DeathKind.CLOSED, "exit code 0", False, "") == (
            death.kind,
            death.detail,
            death.by_itself,
            death.stderr_tail,
        )


def test_the_window_bounds_what_is_unanswered(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"": "hang"})
        running.worker.send(ask("a"))
        running.worker.send(ask("b"))

        with pytest.raises(WorkerError, match="2 requests are unanswered, the window is 2"):
            running.worker.send(ask("c"))


def test_an_answer_makes_room_in_the_window(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        window = running.load(window=4).window
        for index in range(200):
            if index >= window:
                running.expect(Answered)
            running.worker.send(ask(str(index)))
        for _ in range(window):
            running.expect(Answered)

        assert running.events.empty()


def test_nothing_is_sent_before_the_model_is_loaded(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.worker.start()

        with pytest.raises(WorkerError, match="the window is 0"):
            running.worker.send(ask("a"))


def test_a_request_is_not_sent_twice(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"": "hang"})
        running.worker.send(ask("a"))

        with pytest.raises(WorkerError, match="it is unanswered already"):
            running.worker.send(ask("a"))


def test_the_id_of_a_cancelled_request_is_not_used_again(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"": "hang"})
        running.worker.send(ask("a"))
        running.worker.cancel("a")
        running.expect(Answered)

        with pytest.raises(WorkerError, match="it was cancelled: its id is not used again"):
            running.worker.send(ask("a"))


def test_sending_never_waits_for_a_worker_that_does_not_read(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(window=40, faults={"a": "hang_gil"})
        running.worker.send(ask("a"))
        for index in range(39):
            running.worker.send(ask("x" * 1_000_000, str(index)))
        running.worker.kill()

        assert DeathKind.CLOSED == running.death().kind


def test_large_requests_and_large_answers_pass_each_other(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(window=32, answers={"x": "\u4e2d" * 200_000})
        for index in range(32):
            running.worker.send(ask("x" * 1_000_000, str(index)))
        answers = [running.expect(Answered).outcome for _ in range(32)]

        assert {str(index) for index in range(32)} == {answer.request_id for answer in answers}


def test_a_dead_worker_takes_orders_in_silence(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"bad": "segv"})
        running.worker.send(ask("bad"))
        running.death()
        running.worker.send(ask("more"))
        running.worker.dump_stacks()
        running.worker.shutdown(grace_s=1)
        running.worker.kill()

        assert running.events.empty()


def test_an_order_for_a_dead_worker_reaches_no_file_opened_since(tmp_path: Path) -> None:
    """The numbers of its pipes are given to the next files."""
    with session(tmp_path) as running:
        running.load(faults={"bad": "segv"})
        running.worker.send(ask("bad"))
        running.death()
        files = [(tmp_path / str(index)).open("wb") for index in range(20)]
        running.worker.send(ask("more"))
        for file in files:
            file.close()

        assert {0} == {(tmp_path / str(index)).stat().st_size for index in range(20)}


def test_a_worker_killed_before_its_greeting_dies_once(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        running.worker.kill()

        assert DeathKind.CLOSED == running.death().kind


def test_stacks_are_not_asked_of_a_worker_that_is_starting(tmp_path: Path) -> None:
    """Until its guard has set itself up, the signal would end it."""
    with session(tmp_path) as running:
        running.worker.start()
        running.worker.dump_stacks()

        running.expect(Hello)


def test_it_sees_its_own_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "PYTHONPATH", "PYTHONSTARTUP", "LD_LIBRARY_PATH", "RAY_ADDRESS"):
        monkeypatch.setenv(name, "secret-canary")
    with session(tmp_path) as running:
        running.worker.start()
        hello = running.expect(Hello)

        for pid in (hello.pid, running.worker.pid):
            assert b"secret-canary" not in Path(f"/proc/{pid}/environ").read_bytes()


@pytest.mark.parametrize("python", ["/nowhere/bin/python", "/dev/null"])
def test_an_interpreter_that_cannot_start_is_an_error_that_names_it(
    tmp_path: Path, python: str
) -> None:
    events = Session(tmp_path, python)

    with pytest.raises(WorkerError, match=python):
        events.worker.start()
    assert [] == list((tmp_path / "scratch").iterdir())


@pytest.mark.parametrize("lacking", [LookupError("a bug of ours"), MemoryError("no more")])
def test_a_worker_whose_host_breaks_dies_without_a_fault_of_its_own(
    tmp_path: Path, lacking: Exception
) -> None:
    events: queue.SimpleQueue[WorkerEvent] = queue.SimpleQueue()

    def break_once(event: WorkerEvent) -> None:
        if isinstance(event, Hello):
            raise lacking
        events.put(event)

    launch = Launch(sys.executable, {}, tmp_path / "scratch", tmp_path / "log", "toy")
    worker = Worker(launch, break_once)
    worker.start()
    died = events.get(timeout=PATIENCE_S)

    assert isinstance(died, Died)
    told = f"its host could not go on: {type(lacking).__name__}: {lacking}"
    assert told == died.death.detail
    assert (DeathKind.HOST, False) == (died.death.kind, died.death.by_itself)
    assert "break_once" in died.death.stderr_tail
    assert worker.join(PATIENCE_S)
    assert not psutil.pid_exists(worker.pid)
    assert [] == list((tmp_path / "scratch").iterdir())


def test_an_answer_that_comes_twice_breaks_the_protocol_also_when_the_second_is_ours(
    tmp_path: Path,
) -> None:
    """A request that has not left is cancelled on this side; its worker cannot have answered it."""
    with session(tmp_path) as running:
        running.worker.start()
        pid = running.expect(Hello).pid
        running.worker.load(LoadOrder(toy(window=40), seed=0))
        running.until(Loaded)
        os.kill(pid, signal.SIGSTOP)
        for index in range(30):
            running.worker.send(ask("x" * 1_000_000, str(index)))
        del running.worker._owed["29"]  # as if it had been answered
        running.worker.cancel("29")
        death = running.death()

        assert DeathKind.PROTOCOL == death.kind
        assert "an answer for '29', which is not outstanding" == death.detail


def held() -> tuple[int, int, int]:
    """Open files, threads and processes of this process."""
    own = psutil.Process()
    return own.num_fds(), threading.active_count(), len(own.children(recursive=True))


def test_too_few_files_for_a_worker_leave_nothing_of_it(tmp_path: Path) -> None:
    """Whichever file is the one too many."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = {int(one.name) for one in Path("/proc/self/fd").iterdir()}
    free = [number for number in range(max(taken) + 100) if number not in taken]
    before = held()
    for spare in range(40):
        running = Session(tmp_path, sys.executable)
        # The limit is on numbers, and those above the lowest free one may be taken.
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[spare], limits[1]))
        try:
            running.worker.start()
            break
        except WorkerError as error:
            problem = str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert "ulimit -n" in problem
        assert before == held()
    running.worker.kill()
    running.death()

    assert spare > 6


class Unlucky(Worker):
    """Others have taken the last open files when its process runs."""

    def _look_after(self, process: WorkerProcess) -> None:
        with no_more_files():
            super()._look_after(process)


def test_too_few_files_to_look_after_a_worker_end_it(tmp_path: Path) -> None:
    before = held()
    launch = Launch(sys.executable, {}, tmp_path / "scratch", tmp_path / "log", "toy")
    with pytest.raises(WorkerError, match="ulimit -n"):
        Unlucky(launch, lambda _: None).start()

    assert before == held()
    assert [] == list((tmp_path / "scratch").iterdir())


def test_too_few_threads_for_a_worker_leave_nothing_of_it(tmp_path: Path) -> None:
    before = held()
    usual = threading.stack_size(1 << 46)  # more than there are addresses
    try:
        with pytest.raises(WorkerError, match="ulimit -u"):
            Session(tmp_path, sys.executable).worker.start()
    finally:
        threading.stack_size(usual)

    assert before == held()
    assert [] == list((tmp_path / "scratch").iterdir())


def test_something_that_is_no_worker_breaks_the_protocol(tmp_path: Path) -> None:
    with session(tmp_path, "/bin/echo") as running:
        running.worker.start()
        death = running.expect(Died).death

        assert (DeathKind.PROTOCOL, True) == (death.kind, death.by_itself)
        assert "bytes that are no frame: b'-s " in death.detail


def test_an_interpreter_without_msgpack_says_so(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    with session(tmp_path, str(tmp_path / "bare" / "bin" / "python")) as running:
        running.worker.start()
        death = running.expect(Died).death

        assert (DeathKind.EXIT, "exit code 1") == (death.kind, death.detail)
        assert "No module named 'msgpack'" in death.stderr_tail


def test_a_kernel_without_pidfd_will_do(tmp_path: Path) -> None:
    program = """
import json, os, sys
from pathlib import Path
del os.pidfd_open
from tests.contract.workers import Session
running = Session(Path(sys.argv[1]), sys.executable)
running.load()
running.answer("q")
running.worker.shutdown(grace_s=20)
print(json.dumps(running.death().detail))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "exit code 0" == json.loads(done.stdout)


def test_a_worker_lives_in_a_folder_that_goes_with_it(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        hello = running.expect(Hello)
        folder = Path(f"/proc/{hello.pid}/cwd").resolve()

        assert tmp_path / "scratch" == folder.parent
        running.worker.kill()
        running.death()
        assert not folder.exists()
