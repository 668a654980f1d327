"""inputs.json: the tasks with their samples and targets, kept so that scoring needs no dataset."""

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from vlmhb.domain.run import LoadedTask
from vlmhb.errors import UsageError
from vlmhb.store.records import TASKS, problem_of
from vlmhb.store.run_dir import way_out
from vlmhb.system.files import write_atomic
from vlmhb.system.public_address import public_address


def write_inputs(path: Path, tasks: tuple[LoadedTask, ...]) -> None:
    """Replace inputs.json, durably; sources are kept without names, passwords and signatures."""
    content = TASKS.dump_json(tuple(map(_public, tasks))) + b"\n"
    write_atomic(path, content, instead=way_out(path.parent))


def read_inputs(path: Path) -> tuple[LoadedTask, ...]:
    """The tasks as they were when the run started.

    Raises:
        UsageError: the file is gone or damaged.
    """
    try:
        return TASKS.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"cannot read {path}",
            problem_of(error),
            next_step="run the same `vlmhb run` command again: it writes this file anew",
        ) from error


def _public(loaded: LoadedTask) -> LoadedTask:
    dataset = loaded.task.dataset
    source = tuple(replace(one, url=public_address(one.url)) for one in dataset.source)
    return replace(loaded, task=replace(loaded.task, dataset=replace(dataset, source=source)))
