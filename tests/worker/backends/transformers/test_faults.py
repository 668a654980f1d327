"""What a failed batch leaves behind."""

import gc
import weakref

import pytest
from vlmhb_worker.backends.transformers.faults import release


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
