"""Tasks -> samples: reading datasets from disk."""

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.document_notes import notes_of
from vlmhb.datasets.limit import apply_limit
from vlmhb.datasets.load import load_task
from vlmhb.datasets.pick import pick_samples
from vlmhb.datasets.shard import apply_shard, divided

__all__ = [
    "DatasetCache",
    "apply_limit",
    "apply_shard",
    "divided",
    "load_task",
    "notes_of",
    "pick_samples",
]
