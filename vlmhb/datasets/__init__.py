"""Tasks -> samples: reading datasets from disk."""

from vlmhb.datasets.limit import apply_limit
from vlmhb.datasets.load import load_task

__all__ = ["apply_limit", "load_task"]
