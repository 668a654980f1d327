"""Calls of a user's code: each way to fail is told apart."""

import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from vlmhb_worker.backend import Page, PageError
from vlmhb_worker.backends.user_code import (
    ExitCalledError,
    call,
    imported,
    page_files,
    seed_libraries,
)
from vlmhb_worker.failures import reason_of


class TorchOutOfMemoryError(RuntimeError):
    """Stands for torch's, which is known by its name."""


TorchOutOfMemoryError.__name__ = "OutOfMemoryError"


FULL = TorchOutOfMemoryError("no room")


def raising(error: BaseException) -> Callable[[], None]:
    def answer() -> None:
        raise error

    return answer


def wrapped(error: MemoryError) -> Callable[[], None]:
    """As VLMHyperBench's wrappers do it."""

    def answer() -> None:
        try:
            raising(error)()
        except MemoryError as full:
            raise ValueError("it failed") from full

    return answer


def hidden() -> None:
    """The exception before is no cause, only what was being handled."""
    try:
        raise FULL
    except RuntimeError:
        raising(RuntimeError("it failed"))()


def denied() -> None:
    try:
        raise FULL
    except RuntimeError:
        raise ValueError("bad page") from None


@pytest.mark.parametrize(
    "answer",
    [
        raising(RuntimeError("Превышен лимит GPU-памяти")),
        raising(RuntimeError("it failed: CUDA out of memory. Tried to allocate 20 MiB")),
        wrapped(MemoryError()),
        hidden,
    ],
)
def test_memory_that_ran_out_is_seen_behind_what_a_wrapper_makes_of_it(answer: Callable[[], None]):
    with pytest.raises(RuntimeError) as caught:
        call(answer)

    assert "oom" == reason_of(caught.value)


def test_an_exception_that_says_so_itself_stays_what_it_is():
    with pytest.raises(TorchOutOfMemoryError):
        call(raising(FULL))


@pytest.mark.parametrize("answer", [raising(ValueError("bad page")), denied])
def test_other_failures_stay_what_they_are(answer: Callable[[], None]):
    with pytest.raises(ValueError, match="bad page"):
        call(answer)


def test_an_exit_becomes_a_failure_that_says_who_called_it():
    with pytest.raises(ExitCalledError, match=r"raising.*answer called sys.exit\(3\)"):
        call(raising(SystemExit(3)))


def test_a_result_is_passed_on_whatever_it_is():
    assert call(lambda *a, **k: (a, k), 1, two=2) == ((1,), {"two": 2})


def test_a_circle_of_causes_ends():
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first

    with pytest.raises(ValueError, match="first"):
        call(raising(first))


def test_the_same_seed_gives_the_same_numbers():
    numpy = pytest.importorskip("numpy")
    seed_libraries(7)
    first = random.random(), numpy.random.random()
    seed_libraries(7)

    assert first == (random.random(), numpy.random.random())


def test_a_seed_beyond_32_bits_is_fine():
    seed_libraries(2**40 + 1)


@pytest.mark.parametrize("path", ["", "module", "module:", ":name", "a:b:c"])
def test_a_path_that_names_nothing_is_refused_with_an_example(path: str):
    with pytest.raises(ValueError, match="expected module:name"):
        imported(path)


def test_a_path_is_imported():
    assert imported("sys:version") is sys.version


def test_pages_that_came_as_bytes_are_files_while_they_are_needed(tmp_path: Path):
    own = tmp_path / "own.png"
    own.write_bytes(b"own")
    sent = Page("5e2f", content=memoryview(b"sent"))

    with page_files([Page("0a", str(own)), sent, sent], str(tmp_path)) as paths:
        contents = [Path(path).read_bytes() for path in paths]
        assert Path(paths[1]).is_absolute()

    assert [b"own", b"sent", b"sent"] == contents
    assert [own] == list(tmp_path.iterdir())


def test_a_failure_is_not_hidden_by_a_page_that_is_gone(tmp_path: Path):
    def lose_the_page_and_fail() -> None:
        with page_files([Page("5e2f", content=memoryview(b"sent"))], str(tmp_path)) as paths:
            Path(paths[0]).unlink()
            raise ValueError("bad page")

    with pytest.raises(ValueError, match="bad page"):
        lose_the_page_and_fail()


def test_a_request_without_a_page_is_the_inputs_fault(tmp_path: Path):
    with pytest.raises(PageError, match="no page"), page_files([], str(tmp_path)):
        pass
