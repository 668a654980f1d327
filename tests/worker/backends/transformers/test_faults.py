"""What exceptions mean for the next batch."""

import gc
import weakref

import pytest
from vlmhb_worker.backends.transformers.faults import is_out_of_memory, release


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


@pytest.mark.parametrize(
    "error",
    [
        OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError(),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: "
            "you tried to allocate 400000000000 bytes. Error code 12 (Cannot allocate memory)"
        ),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_memory_that_ran_out_is_told_in_many_ways(error: Exception):
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: an illegal memory access was encountered"),
        ValueError("out of memory"),
        KeyError("image"),
    ],
)
def test_other_failures_are_not_about_memory(error: Exception):
    assert not is_out_of_memory(error)


class Tensor:
    """Something large."""


def test_what_a_failed_batch_held_is_given_back():
    """The traceback keeps every local variable of the failed call alive, activations included."""
    seen = []

    def inner() -> None:
        tensor = Tensor()
        seen.append(weakref.ref(tensor))
        raise MemoryError

    def outer() -> None:
        tensor = Tensor()
        seen.append(weakref.ref(tensor))
        try:
            inner()
        except MemoryError as error:
            raise RuntimeError("out of memory") from error

    with pytest.raises(RuntimeError) as caught:
        outer()
    release(caught.value)
    gc.collect()

    assert [None, None] == [reference() for reference in seen]
