"""What an exception of a model library means for the next batch."""

import gc
import sys
import traceback
from typing import Optional

from vlmhb_worker import failures

OOM_TEXTS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)
"""What torch, CUDA and cuBLAS say when they do not use an exception made for it."""


class OutOfMemoryError(Exception):
    """Memory ran out, and nothing was left to make smaller."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a smaller batch may go through."""
    if failures.reason_of(error) == "oom":
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in OOM_TEXTS)


def release(error: BaseException) -> None:
    """Give back the memory that the failed batch holds through its exception."""
    seen = set()
    cause: Optional[BaseException] = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
