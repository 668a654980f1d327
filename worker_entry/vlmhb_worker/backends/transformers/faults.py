"""What an exception of a model library means for the next batch."""

from vlmhb_worker.failures import release

__all__ = ["OutOfMemoryError", "release"]


class OutOfMemoryError(Exception):
    """Memory ran out, and nothing was left to make smaller."""
