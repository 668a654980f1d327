"""What `list` shows of runs and datasets."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from vlmhb.cli.columns import aligned
from vlmhb.config import Kind, Library, load_task
from vlmhb.config.library import shown_here
from vlmhb.datasets.cache import DatasetCache
from vlmhb.datasets.source_folder import cache_folder, own_folders
from vlmhb.domain.digest import Json
from vlmhb.domain.task import Task
from vlmhb.errors import ConfigError
from vlmhb.store.listed import ListedRun

RUN_HEADINGS = ("folder", "started (UTC)", "status", "tasks x models", "answered", "failed")
DATASET_HEADINGS = ("name", "format", "here", "tasks")


def run_lines(runs: Sequence[ListedRun]) -> list[str]:
    """A line per run, and one for what is wrong with it."""
    heading, *lines = aligned([RUN_HEADINGS, *map(_run_cells, runs)], {4, 5})
    told = [
        [line, f"  {run.problem}"] if run.problem else [line]
        for line, run in zip(lines, runs, strict=True)
    ]
    return [heading, *chain.from_iterable(told)]


def _run_cells(run: ListedRun) -> tuple[str, ...]:
    folder = shown_here(run.folder)
    if run.problem and not run.models:
        return (folder, "", run.status.value, "", "", "")
    return (
        folder,
        run.started_at.replace("T", " ").removesuffix("Z"),
        run.status.value,
        f"{len(run.tasks)} x {len(run.models)}{f', shard {run.shard}' if run.shard else ''}",
        "" if run.problem else str(run.answered),
        "" if run.problem else str(run.failed),
    )


def run_json(run: ListedRun) -> dict[str, Json]:
    """For programs."""
    is_known = not run.problem
    return {
        "folder": str(run.folder),
        "started_at": run.started_at or None,
        "status": run.status.value,
        "tasks": list(run.tasks),
        "models": list(run.models),
        "shard": str(run.shard) if run.shard else None,
        "answered": run.answered if is_known else None,
        "failed": run.failed if is_known else None,
        "problem": run.problem or None,
    }


@dataclass(frozen=True, slots=True)
class ListedDataset:
    """A dataset that tasks are about."""

    name: str
    format: str
    is_here: bool
    tasks: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """For people."""
        return (self.name, self.format, "yes" if self.is_here else "no", ", ".join(self.tasks))

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        here: dict[str, Json] = {"name": self.name, "format": self.format, "here": self.is_here}
        return {**here, "tasks": list(self.tasks)}


def list_datasets(cache: DatasetCache) -> tuple[tuple[ListedDataset, ...], tuple[str, ...]]:
    """The datasets of all tasks that are known here, and what is wrong with tasks of no use."""
    by_key: dict[tuple[str, str], list[Task]] = {}
    problems = []
    for name in Library.standard(Path.cwd()).names(Kind.TASK):
        try:
            task = load_task(name)
        except ConfigError as error:
            problems.append("; ".join(error.issues))
            continue
        by_key.setdefault((task.dataset.name, task.dataset.format), []).append(task)
    listed = tuple(
        ListedDataset(
            name,
            layout,
            all(_is_here(task, cache) for task in tasks),
            tuple(task.name for task in tasks),
        )
        for (name, layout), tasks in sorted(by_key.items())
    )
    return listed, tuple(problems)


def _is_here(task: Task, cache: DatasetCache) -> bool:
    """Whether its files are there, as far as their names tell; a run checks what is in them."""
    dataset = task.dataset
    if not dataset.source:
        return True
    folders = [folder.root for folder in own_folders(dataset, cache)]
    folders.append(cache_folder(dataset, cache).root)
    return any((folder / dataset.annotation).is_file() for folder in folders)
