"""What an exception of a model library means for the next batch."""

import gc
import sys
import traceback
from typing import Optional


class OutOfMemoryError(Exception):
    """Memory ran out, and nothing was left to make smaller."""


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
