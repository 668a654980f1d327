"""Each way a model goes wrong, and the one event it becomes."""

from pathlib import Path
from typing import Any

import psutil
import pytest
from vlmhb_worker import messages

from tests.contract.workers import ask, session, toy
from vlmhb.domain.answer import Answer, FailedAnswer, FailureReason
from vlmhb.worker import Answered, DeathKind, Died, Hello, LoadFailed, LoadOrder, LoadProgress

FAILURES = {
    "raise": (FailureReason.MODEL_ERROR, "RuntimeError", "the model failed"),
    "page": (FailureReason.INPUT_ERROR, "vlmhb_worker.backend.PageError", "cannot be decoded"),
    "oom": (FailureReason.OOM, "OutOfMemoryError", "the GPU is full"),
    "memory": (FailureReason.OOM, "MemoryError", "the host is full"),
    "sys_exit": (FailureReason.MODEL_ERROR, "SystemExit", "0"),
    "interrupt": (FailureReason.MODEL_ERROR, "KeyboardInterrupt", ""),
    "generator_exit": (FailureReason.MODEL_ERROR, "GeneratorExit", ""),
    "unprintable": (FailureReason.MODEL_ERROR, "UnprintableError", "__str__ raised RuntimeError"),
    "long_message": (FailureReason.MODEL_ERROR, "ValueError", "xxx"),
    "recurse": (FailureReason.MODEL_ERROR, "RecursionError", "maximum recursion depth"),
    "bytes": (FailureReason.INVALID_REPLY, "TypeError", "text is bytes"),
    "bare_text": (FailureReason.INVALID_REPLY, "TypeError", "returned a str"),
    "nan": (FailureReason.INVALID_REPLY, "ValueError", "generate_s is nan"),
    "negative": (FailureReason.INVALID_REPLY, "ValueError", "prompt_tokens is -1"),
    "finish": (FailureReason.INVALID_REPLY, "ValueError", "finish_reason is 'tired'"),
    "never": (FailureReason.INVALID_REPLY, "InvalidReplyError", "gave no reply"),
}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_failure_is_one_record_and_the_worker_goes_on(tmp_path: Path, fault: str) -> None:
    reason, error_type, text = FAILURES[fault]
    with session(tmp_path) as running:
        running.load(faults={"bad": fault})
        failed = running.answer("bad")
        after = running.answer("after")

        assert isinstance(failed, FailedAnswer)
        assert reason == failed.reason
        assert failed.error.type.endswith(error_type)
        assert text in failed.error.message
        assert len(failed.error.message) <= messages.MAX_MESSAGE_CHARS
        assert len(failed.error.traceback) <= messages.MAX_TRACEBACK_CHARS
        assert isinstance(after, Answer)


DEATHS = {
    "segv": (DeathKind.SIGNAL, "SIGSEGV", True, "Fatal Python error"),
    "abort": (DeathKind.SIGNAL, "SIGABRT", True, "Fatal Python error"),
    "sigkill": (DeathKind.SIGNAL, "SIGKILL", False, ""),
    "exit0": (DeathKind.EXIT, "exit code 0", True, ""),
    "device_lost": (DeathKind.EXIT, "exit code 70", True, "DeviceLostError: the GPU fell off"),
    "cuda_error": (DeathKind.EXIT, "exit code 70", True, "DeviceLostError: CUDA error: device"),
    "close_fds": (DeathKind.EXIT, "exit code", True, ""),
    "close_fds_and_hang": (DeathKind.PROTOCOL, "closed its end of the answers", True, ""),
    "garbage_on_fd": (DeathKind.PROTOCOL, "b'garbage, not a frame", True, ""),
    "wrong_id": (DeathKind.PROTOCOL, "'somebody-else', which is not outstanding", True, ""),
    "twice": (DeathKind.PROTOCOL, "'bad', which is not outstanding", True, ""),
}


@pytest.mark.parametrize("fault", DEATHS)
def test_a_death_is_told_once_with_its_cause(tmp_path: Path, fault: str) -> None:
    kind, detail, by_itself, printed = DEATHS[fault]
    with session(tmp_path) as running:
        running.load(faults={"bad": fault})
        running.answer("good")
        running.worker.send(ask("bad"))
        if fault == "twice":
            running.expect(Answered)
        death = running.death()

        assert (kind, by_itself) == (death.kind, death.by_itself)
        assert detail in death.detail
        assert printed in death.stderr_tail


NOISES = {
    "print": "noise from Python",
    "c_print": "noise from C",
    "raw_print": "noise on 1",
    "child_print": "noise from a child",
    "print_escapes": "noise of a terminal",
}


@pytest.mark.parametrize("fault", NOISES)
def test_noise_reaches_the_log_and_no_frame(tmp_path: Path, fault: str) -> None:
    with session(tmp_path) as running:
        running.load(faults={"bad": fault})
        answers = [running.answer("bad"), running.answer("good")]
        running.worker.shutdown(grace_s=20)
        death = running.death()

        assert [Answer, Answer] == [type(answer) for answer in answers]
        assert NOISES[fault] in death.stderr_tail
        assert NOISES[fault] in running.log_path.read_text()
        assert b"\x1b" not in running.log_path.read_bytes()


@pytest.mark.parametrize("fault", NOISES)
def test_noise_while_loading_is_no_failure(tmp_path: Path, fault: str) -> None:
    with session(tmp_path) as running:
        running.load(load_fault=fault)
        answer = running.answer("good")
        running.worker.shutdown(grace_s=20)
        death = running.death()

        assert isinstance(answer, Answer)
        assert NOISES[fault] in death.stderr_tail


def test_twenty_megabytes_of_stderr_delay_nothing_and_are_capped(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"bad": "flood_stderr"})
        answer = running.answer("bad")
        running.worker.shutdown(grace_s=20)
        death = running.death()

        assert isinstance(answer, Answer)
        assert len(death.stderr_tail) == 64 << 10
        assert (16 << 20) < running.log_path.stat().st_size < (16 << 20) + 100
        assert b"bytes left out]" in running.log_path.read_bytes()


FLOOD_GROWTH_BYTES = 24 << 20
"""Of the host: the end of the log that it keeps, and what its reads leave to be used again."""


def test_a_hundred_megabytes_of_stderr_leave_the_hosts_memory_as_it_is(tmp_path: Path) -> None:
    own = psutil.Process()
    with session(tmp_path) as running:
        running.load(faults={"bad": "flood_stderr", "worse": "flood_a_lot"})
        running.answer("bad")
        before = own.memory_info().rss
        answer = running.answer("worse")
        grown = own.memory_info().rss - before
        running.worker.shutdown(grace_s=20)
        running.death()

        assert isinstance(answer, Answer)
        assert grown < FLOOD_GROWTH_BYTES
        assert running.log_path.stat().st_size < (16 << 20) + 100


def test_text_that_is_no_unicode_is_escaped(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"bad": "surrogates"})
        answer = running.answer("bad")

        assert isinstance(answer, Answer)
        assert ("a\\ud800b", None) == (answer.text, answer.full_length_chars)


def test_an_endless_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.load(faults={"bad": "huge"})
        answer = running.answer("bad")

        assert isinstance(answer, Answer)
        assert messages.MAX_ANSWER_CHARS == len(answer.text)
        assert 5_000_000 == answer.full_length_chars


@pytest.mark.parametrize("fault", ["hang", "hang_gil", "hang_deaf"])
def test_a_hang_shows_its_stack_and_ends(tmp_path: Path, fault: str) -> None:
    with session(tmp_path) as running:
        running.hang(fault)
        running.worker.dump_stacks()
        running.worker.kill()
        death = running.death()

        assert (DeathKind.CLOSED, False) == (death.kind, death.by_itself)
        assert "toy.py" in death.stderr_tail


@pytest.mark.parametrize(
    ("backend", "error_type"),
    [
        ("no_such_module:Backend", "ModuleNotFoundError"),
        ("vlmhb_worker.backends.toy:NoSuchClass", "AttributeError"),
        ("collections:OrderedDict", "TypeError"),
        ("nonsense", "ModuleNotFoundError"),
    ],
)
def test_a_backend_that_cannot_be_had_is_a_reply(
    tmp_path: Path, backend: str, error_type: str
) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.load(LoadOrder(toy(backend), seed=0))
        failed = running.expect(LoadFailed)
        running.worker.shutdown(grace_s=20)

        assert error_type == failed.error.type
        assert "Traceback" in failed.error.traceback
        assert "exit code 0" == running.death().detail


@pytest.mark.parametrize("fault", ["raise", "sys_exit", "oom"])
def test_a_load_that_raises_is_a_reply(tmp_path: Path, fault: str) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.load(LoadOrder(toy(load_fault=fault), seed=0))

        assert LoadProgress("toy", 1, 1) == running.expect(LoadProgress)
        assert running.expect(LoadFailed).error.traceback


@pytest.mark.parametrize("params", [{"batch_size": 0}, {"batch_size": "many"}, {"delay_s": "x"}])
def test_params_a_backend_cannot_use_are_a_failed_load(
    tmp_path: Path, params: dict[str, Any]
) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.load(LoadOrder(toy(**params), seed=0))

        assert "ValueError" == running.until(LoadFailed).error.type


def test_a_load_that_dies_is_a_death(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        running.worker.start()
        running.expect(Hello)
        running.worker.load(LoadOrder(toy(load_fault="segv"), seed=0))
        running.expect(LoadProgress)

        assert "SIGSEGV" == running.expect(Died).death.detail
