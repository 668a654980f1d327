"""What of a run can be published, and what others know its tasks by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vlmhb.datasets.source_place import HubPlace, PlaceProblem, WebPlace, place_of
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.score import MetricSummary
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import UsageError
from vlmhb.report.figures.leaderboard import Row, Table, leaderboard
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import finite
from vlmhb.store import RunManifest

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Subject:
    """One model on one task, with figures that say something about the model."""

    table: Table
    row: Row
    model: ModelSpec
    loaded: LoadedTask

    @property
    def figures(self) -> tuple[MetricSummary, ...]:
        """Those of the leaderboard that exist."""
        found = (cell.summary for cell in self.row.cells if cell)
        return tuple(summary for summary in found if finite(ranked_value(summary)) is not None)

    @property
    def skipped(self) -> int:
        """Samples of the dataset that were not asked about, for whatever reason."""
        left_out = self.loaded.left_out
        return sum(
            (
                left_out.limited,
                left_out.filtered,
                left_out.tuned,
                left_out.imageless,
                left_out.other_shards,
            )
        )


@dataclass(frozen=True, slots=True)
class HubDataset:
    """A benchmark of the hub, and one of the tasks that its eval.yaml lists."""

    id: str
    """`Org/Name`."""
    task_id: str = "default"
    revision: str = ""
    """40 hex digits; empty where nobody can say."""


def subjects_of(results: Results, notes: list[str]) -> Iterator[Subject]:
    """In the order of the leaderboard; `notes` gets what is left out and why."""
    models = {model.name: model for model in results.models}
    tasks = {loaded.task.name: loaded for loaded in results.tasks}
    for table in leaderboard(results).tables:
        for row in table.rows:
            subject = Subject(table, row, models[row.model], tasks[table.task])
            name = f"{row.model}/{table.task}"
            if row.mechanism_only:
                notes.append(f"{name} is left out: its weights are random")
            elif subject.figures:
                yield subject
            else:
                notes.append(f"{name} is left out: it has no figure")


def hub_dataset(
    task: str, dataset: DatasetRef, named: Mapping[str, HubDataset]
) -> HubDataset | None:
    """The one that was named for `task`, or that its files are fetched from; None without any."""
    hub = (place for place in _places(dataset) if isinstance(place, HubPlace))
    found = next(
        (HubDataset(one.repo, revision=one.revision if one.is_pinned else "") for one in hub), None
    )
    given = named.get(task)
    if given is not None and found is not None and given.id == found.id:
        return HubDataset(given.id, given.task_id, found.revision)
    return given or found


def addresses(dataset: DatasetRef) -> list[str]:
    """Where on the web its files are fetched from."""
    return [place.url for place in _places(dataset) if isinstance(place, WebPlace)]


def _places(dataset: DatasetRef) -> Iterator[HubPlace | WebPlace]:
    for source in dataset.source:
        try:
            yield place_of(source)
        except PlaceProblem:
            continue


def check_named(results: Results, named: Mapping[str, HubDataset]) -> None:
    """That a dataset was named for tasks of the run only.

    Raises:
        UsageError: it has none of this name.
    """
    known = [loaded.task.name for loaded in results.tasks]
    unknown = [task for task in named if task not in known]
    if unknown:
        raise UsageError(
            "cannot use --hub-dataset",
            f"the run has no task {', '.join(map(repr, unknown))}",
            expected=f"one of {', '.join(known)}",
        )


def answered_at(manifest: RunManifest, model: ModelSpec) -> str:
    """When asking `model` began: UTC, ISO 8601 with a Z; empty where nobody can say."""
    began = next((segment.started_at for segment in manifest.segments), "")
    if model.backend == IMPORTED:
        began = str(model.params.get("answered_at") or model.params.get("imported_at") or "")
    return began if _TIME.fullmatch(began) else ""
