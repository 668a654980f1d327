"""`.eval_results/TASK.yaml` for the repo of each model on the hub.

The format: https://huggingface.co/docs/hub/eval-results. Files only; nothing is uploaded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from vlmhb.domain.file_name import file_names
from vlmhb.domain.results import Results
from vlmhb.domain.score import MetricSummary
from vlmhb.errors import UsageError
from vlmhb.plan.prompts import sets_for
from vlmhb.report.exports.export import Export
from vlmhb.report.exports.published import (
    HubDataset,
    Subject,
    answered_at,
    check_named,
    hub_dataset,
    subjects_of,
)
from vlmhb.report.figures.ranking import ranked_value
from vlmhb.report.numbers import finite, interval, scaled
from vlmhb.report.text import encodable
from vlmhb.store import RunManifest

FOLDER = ".eval_results"


@dataclass(frozen=True, slots=True)
class HubNames:
    """What the user says of places on the hub."""

    datasets: Mapping[str, HubDataset] = field(default_factory=dict)
    """By task, where the task's own source does not tell or means another one."""
    source_url: str = ""
    """Where the run's logs or report can be seen; empty for nowhere."""


def as_hf_eval(results: Results, manifest: RunManifest, names: HubNames) -> Export:
    """A file for each model and task with a figure, in a folder per model.

    The figure is the leaderboard's first one as the task's reference prints it, with failed
    samples at the metric's worst.

    Raises:
        UsageError: no task is known to the hub, or no figure is there to tell.
    """
    check_named(results, names.datasets)
    notes: list[str] = []
    contents: dict[str, bytes] = {}
    folders = file_names(model.name for model in results.models)
    files = file_names(loaded.task.name for loaded in results.tasks)
    repos: dict[str, str] = {}
    for subject, dataset in _known(results, names, notes):
        folder = f"{folders[subject.model.name]}/{FOLDER}"
        name = f"{folder}/{files[subject.table.task]}.yaml"
        entry = _entry(subject, dataset, manifest, names.source_url)
        text = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=1000)
        contents[name] = text.encode()
        if subject.model.weights is not None and subject.model.weights.repo:
            repos[folder] = subject.model.weights.repo
    if not contents:
        raise UsageError(
            "cannot export for the model pages of the hub",
            "; ".join(notes) or "the run has no figures",
            expected="a figure on a task whose dataset is on the hub",
        )
    told = (f"{folder} is for the repo {repo}" for folder, repo in repos.items())
    return Export(contents, (*notes, *told))


def _known(
    results: Results, names: HubNames, notes: list[str]
) -> Iterator[tuple[Subject, HubDataset]]:
    """Those on datasets that the hub knows."""
    unknown: dict[str, None] = {}
    for subject in subjects_of(results, notes):
        task = subject.table.task
        dataset = hub_dataset(task, subject.loaded.task.dataset, names.datasets)
        if dataset is None:
            unknown[task] = None
        elif subject.row.primary not in subject.figures:
            notes.append(f"{subject.model.name}/{task} is left out: its first metric has no figure")
        else:
            yield subject, dataset
    notes += (
        f"{task} is left out: nobody knows its dataset's name on the hub; say "
        f"--hub-dataset {task}=ORG/NAME"
        for task in unknown
    )


def _entry(
    subject: Subject, dataset: HubDataset, manifest: RunManifest, source_url: str
) -> dict[str, object]:
    summary = subject.figures[0]
    place = {"id": dataset.id, "task_id": dataset.task_id}
    date = answered_at(manifest, subject.model)
    return {
        "dataset": place | ({"revision": dataset.revision} if dataset.revision else {}),
        "value": finite(scaled(ranked_value(summary), subject.table.scales[0])),
        **({"date": date} if date else {}),
        **({"source": {"url": source_url, "name": "vlmhb"}} if source_url else {}),
        "notes": encodable("; ".join(_notes(subject, summary, manifest))),
    }


def _notes(subject: Subject, summary: MetricSummary, manifest: RunManifest) -> Iterator[str]:
    """What the figure is, for those who compare it with others'."""
    yield f"{summary.metric}, {summary.direction.value} is better"
    if summary.grouping != "general":
        yield summary.grouping
    yield f"{summary.n_total} {'samples' if summary.unit == 'sample' else summary.unit}"
    if subject.skipped:
        yield f"a part of the dataset, {subject.skipped} samples were not asked"
    if summary.n_failed:
        yield f"{summary.n_failed} failed, counted at the metric's worst"
    if summary.n_unscored:
        yield f"{summary.n_unscored} unscored, left out"
    # The interval leaves failed samples out, so it is not one of a figure that counts them.
    span = interval(summary.ci_low, summary.ci_high, subject.table.scales[0])
    if span and not summary.n_failed:
        yield f"95 % interval {span}"
    if summary.metric in subject.table.judged:
        yield f"judge {subject.table.judge}"
    if sets := sets_for(subject.model, subject.loaded.task):
        yield f"prompts {', '.join(one.id for one in sets)}"
    yield from _decided(subject)
    yield f"vlmhb {manifest.vlmhb}"


def _decided(subject: Subject) -> Iterator[str]:
    """Without its note, which may not be for the public."""
    if subject.row.decision:
        yield f"decided: {subject.row.decision.state.words}"
