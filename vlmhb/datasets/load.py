"""Task -> its samples."""

import hashlib
from dataclasses import replace

from vlmhb.datasets.annotation import cannot_read
from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.catalog import find
from vlmhb.datasets.filter import apply_filters, check_filters
from vlmhb.datasets.options import DROP_IMAGELESS
from vlmhb.domain.digest import Json, canonical_json
from vlmhb.domain.run import LeftOut, LoadedTask
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import Task
from vlmhb.errors import DatasetError, UsageError


def load_task(task: Task, cache: DatasetCache) -> LoadedTask:
    """The task with every sample of its split and `where` read and every page looked at.

    What it names a source of is fetched first, unless it is here; its dataset then names the folder
    that is really used.

    Raises:
        DatasetError: the dataset on disk cannot be used; the text lists every problem.
        DownloadError: it is not on disk, and is not to be had.
    """
    if task.dataset.source:
        from vlmhb.datasets.fetch import located  # noqa: PLC0415 - only what is fetched needs it

        task = replace(task, dataset=located(task.dataset, cache))
    samples = find(task.dataset.format).read(task.dataset, cache.pages)
    loaded = LoadedTask(task, samples, _digest(samples))
    if task.dataset.options.get(DROP_IMAGELESS) is True:
        loaded = _with_images(loaded)
    return _wanted(loaded) if task.dataset.where else loaded


def every_sample(loaded: LoadedTask, cache: DatasetCache) -> tuple[Sample, ...]:
    """All samples of the task's split, those included that it or the run leaves out.

    Raises:
        DatasetError: the dataset on disk cannot be used any more.
    """
    if loaded.left_out == LeftOut():
        return loaded.samples
    dataset = replace(loaded.task.dataset, where={})
    return load_task(replace(loaded.task, dataset=dataset), cache).samples


def _with_images(loaded: LoadedTask) -> LoadedTask:
    """Without the samples that show nothing, which are counted."""
    samples = tuple(sample for sample in loaded.samples if sample.pages)
    if not samples:
        raise DatasetError(cannot_read(loaded.task.dataset), "no row has an image")
    left_out = replace(loaded.left_out, imageless=len(loaded.samples) - len(samples))
    return LoadedTask(loaded.task, samples, _digest(samples), left_out)


def _wanted(loaded: LoadedTask) -> LoadedTask:
    """Without the samples that the dataset's `where` leaves out, which are counted."""
    task = loaded.task
    try:
        check_filters([loaded], task.dataset.where)
    except UsageError as error:
        raise DatasetError(
            f"cannot choose rows for task {task.name}",
            f"{error.doing.removeprefix('cannot ')}: {error.got}",
            expected=error.expected,
            next_step="correct what the task says of its dataset's rows",
        ) from error
    samples = apply_filters(loaded.samples, task.dataset.where)
    left_out = replace(loaded.left_out, filtered=len(loaded.samples) - len(samples))
    return LoadedTask(task, samples, _digest(samples), left_out)


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
