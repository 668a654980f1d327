"""Tasks -> samples: reading datasets from disk."""

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.document_notes import notes_of
from vlmhb.datasets.limit import apply_limit
from vlmhb.datasets.load import load_task
from vlmhb.datasets.pick import pick_samples

__all__ = ["DatasetCache", "apply_limit", "load_task", "notes_of", "pick_samples"]
