"""Tasks -> samples: reading datasets from disk."""

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.limit import apply_limit
from vlmhb.datasets.load import load_task

__all__ = ["DatasetCache", "apply_limit", "load_task"]
