"""The outlook of what the command line asks for."""

from collections.abc import Sequence
from dataclasses import replace

from vlmhb.datasets.fetch import ToFetch
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.needs import Amount
from vlmhb.domain.run import RunConfig
from vlmhb.domain.task import Task
from vlmhb.pipeline.began import began_with
from vlmhb.pipeline.gpus import chosen_gpus
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.outlook.look import Asking, look_ahead
from vlmhb.pipeline.outlook.outlook import DataNeed, Outlook
from vlmhb.pipeline.preparation import Prepared
from vlmhb.store import RunDir, agreed, read_journal

NOT_TOLD = "the task does not tell the size of every file"


def ahead_of(ready: Prepared, options: RunOptions) -> Outlook:
    """Of a run that is ready to ask.

    Raises:
        UsageError: the run's folder cannot be gone on with.
        EnvError: an envspec has no usable lock.
        StorageError: a folder cannot be looked at.
    """
    run_dir = RunDir(ready.folder)
    manifest = agreed(run_dir, ready.manifest)
    left = ready.left(read_journal(run_dir.journal).outcomes)
    began = began_with(ready.asked.models, manifest)
    gpus = chosen_gpus(options.find_gpus(), ready.config.gpus)
    return look_ahead(Asking(ready.asked, left, ready.folder, options, began, gpus=gpus))


def ahead_without_data(
    config: RunConfig, absent: Sequence[tuple[Task, ToFetch]], options: RunOptions
) -> Outlook:
    """Of a run whose data is not here: of its models and of what is to be fetched.

    Raises:
        EnvError: an envspec has no usable lock.
        StorageError: a folder cannot be looked at.
    """
    models = tuple(model for model in config.models if model.backend != IMPORTED)
    data = tuple(
        DataNeed(task.name, len(found.files), _amount(found), found.folder)
        for task, found in absent
    )
    folder = options.out or options.runs
    gpus = chosen_gpus(options.find_gpus(), config.gpus)
    asking = Asking(replace(config, models=models), None, folder, options, data=data, gpus=gpus)
    return look_ahead(asking)


def _amount(found: ToFetch) -> Amount:
    return Amount(found.size_bytes, "" if found.size_bytes is not None else NOT_TOLD)
