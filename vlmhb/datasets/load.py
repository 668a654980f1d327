"""Task -> its samples."""

import hashlib

from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.catalog import find
from vlmhb.domain.digest import Json, canonical_json
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task


def load_task(task: Task, cache: DatasetCache) -> LoadedTask:
    """The task with every sample of its split read and every page looked at.

    Raises:
        DatasetError: the dataset on disk cannot be used; the text lists every problem.
    """
    samples = find(task.dataset.format).read(task.dataset, cache.pages)
    return LoadedTask(task, samples, _digest(samples))


def _digest(samples: tuple[Sample, ...]) -> str:
    """64 hex digits over rows and pages in order; where the pages lie does not count."""
    digest = hashlib.sha256()
    for sample in samples:
        row: list[Json] = [
            sample.id,
            sample.question,
            list(sample.targets),
            sample.document,
            sample.doc_class,
            sample.question_type,
            sample.language,
            [page.sha256 for page in sample.pages],
            [list(choice) for choice in sample.choices],
            sample.group,
            dict(sample.metadata),
        ]
        digest.update(canonical_json(row).encode("ascii") + b"\n")
    return digest.hexdigest()
