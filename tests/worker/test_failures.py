"""Whatever is raised becomes one small record."""

import msgpack
import pytest
from vlmhb_worker import messages
from vlmhb_worker.backend import DeviceLostError, PageError
from vlmhb_worker.failures import error_record, failed, raise_if_device_lost, reason_of
from vlmhb_worker.redaction import Redaction


class HostileError(Exception):
    def __str__(self) -> str:
        raise SystemExit


def raised(error: BaseException) -> BaseException:
    try:
        raise error  # noqa: TRY301 - it needs a traceback
    except BaseException as caught:  # noqa: BLE001 - the tests are about all of them
        return caught


def test_a_record_names_type_message_and_place() -> None:
    record = error_record(raised(ValueError("no such token")))

    assert ("ValueError", "no such token") == (record["type"], record["message"])
    assert "test_failures.py" in record["traceback"]


def test_an_exception_that_cannot_be_printed_has_a_record() -> None:
    record = error_record(raised(HostileError()))

    assert record["type"].endswith("HostileError")
    assert "__str__ raised SystemExit" in record["message"]


@pytest.mark.parametrize("text", ["x" * 10_000_000, "\ud800" * 100_000, "line\n" * 1_000_000])
def test_a_record_fits_its_message(text: str) -> None:
    message = failed("id", raised(ValueError(text)))

    assert "failed" == messages.check(message, messages.FROM_WORKER)
    assert len(msgpack.packb(message)) < 100_000


def test_a_long_traceback_keeps_its_end() -> None:
    error: BaseException = ValueError("the cause")
    for depth in range(200):
        error = raised(_chained(error, depth))
    record = error_record(error)

    assert "ValueError: the cause" in record["traceback"]
    assert record["traceback"].endswith("step 199\n")


def _chained(cause: BaseException, depth: int) -> BaseException:
    error = RuntimeError(f"step {depth}")
    error.__cause__ = cause
    return error


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


class NestedOutOfMemoryError(OutOfMemoryError):
    """An engine's own."""


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PageError("x"), "input_error"),
        (MemoryError(), "oom"),
        (OutOfMemoryError(), "oom"),
        (NestedOutOfMemoryError(), "oom"),
        (ValueError("out of memory"), "model_error"),
        (KeyboardInterrupt(), "model_error"),
    ],
)
def test_the_reason_follows_the_type(error: BaseException, reason: str) -> None:
    assert reason == reason_of(error)


class AcceleratorError(RuntimeError):
    """Named like torch's, since 2.8."""


MEMORY_RAN_OUT = [
    OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("CUDA out of memory"),
    RuntimeError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    AcceleratorError("CUDA error: out of memory\nCompile with TORCH_USE_CUDA_DSA"),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 400000000000 bytes. Error code 12 (Cannot allocate memory)"
    ),
]


@pytest.mark.parametrize("error", MEMORY_RAN_OUT, ids=str)
def test_memory_that_ran_out_leaves_the_device(error: BaseException) -> None:
    raise_if_device_lost(error)

    assert "oom" == reason_of(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        AcceleratorError("device-side assert triggered"),
        DeviceLostError("the GPU fell off the bus"),
    ],
)
def test_what_breaks_the_device_is_told_apart(error: BaseException) -> None:
    with pytest.raises(DeviceLostError):
        raise_if_device_lost(error)


def test_a_secret_is_gone_before_an_error_is_cut() -> None:
    secret = "canary-3f9c1e7a5b2d"
    text = "x" * (messages.MAX_MESSAGE_CHARS - 10) + secret
    record = error_record(raised(ValueError(text)), Redaction([secret]))

    assert record["message"].endswith("x[secret]")
    assert secret[:5] not in record["traceback"]
