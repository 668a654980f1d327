"""What a run folder holds, read as one: its files must belong together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vlmhb.domain.answer import Outcome
from vlmhb.domain.decision import Decision
from vlmhb.domain.run import LoadedTask
from vlmhb.domain.scoring import AS_THE_TASKS_SAY, Scoring
from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.errors import UsageError
from vlmhb.store.decisions import read_decisions
from vlmhb.store.inputs import read_inputs
from vlmhb.store.journal import read_journal
from vlmhb.store.manifest import RunManifest, read_manifest
from vlmhb.store.run_dir import RunDir
from vlmhb.store.scoring import read_scoring
from vlmhb.store.telemetry import read_telemetry, with_peaks


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run as far as it got."""

    manifest: RunManifest
    tasks: tuple[LoadedTask, ...]
    outcomes: Mapping[str, Outcome]
    """By request id."""
    scoring: Scoring = AS_THE_TASKS_SAY
    verdicts: Mapping[str, Outcome] = field(default_factory=dict)
    """What a judge said, by verdict id."""
    decisions: tuple[Decision, ...] = ()
    """About the models, the oldest first."""
    telemetry: tuple[WorkerTelemetry, ...] = ()
    """Of its workers; empty when nothing was measured."""


def read_run(run_dir: RunDir) -> RecordedRun:
    """The run that `run_dir` holds.

    Raises:
        UsageError: a file is gone, damaged, or belongs to another run.
    """
    _check_files(run_dir)
    manifest = read_manifest(run_dir.manifest)
    tasks = read_inputs(run_dir.inputs)
    _check_inputs(run_dir, manifest, tasks)
    journal = read_journal(run_dir.journal, manifest.synced_bytes)
    # A run without answers has a journal with a header: its start wrote that.
    if journal.valid_bytes == 0:
        raise UsageError(
            f"cannot read the run {run_dir.path}",
            f"it has no {run_dir.journal.name}",
            expected="the journal of its answers",
            next_step="put the file back, or ask everything again with the same `vlmhb run` "
            "command",
        )
    return RecordedRun(
        manifest,
        tasks,
        journal.outcomes,
        read_scoring(run_dir.scoring),
        read_journal(run_dir.verdicts).outcomes,
        read_decisions(run_dir.decisions),
        with_peaks(read_telemetry(run_dir.telemetry), manifest),
    )


def _check_files(run_dir: RunDir) -> None:
    """Refuse a pipe or a device, which may have no end: a folder may come from anywhere."""
    files = (
        run_dir.manifest,
        run_dir.inputs,
        run_dir.journal,
        run_dir.scoring,
        run_dir.verdicts,
        run_dir.decisions,
    )
    for path in files:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise UsageError(
                f"cannot read {path}",
                "it is no file",
                expected="a run folder as `vlmhb run` leaves it",
                next_step="get a whole copy of the folder",
            )


def _check_inputs(run_dir: RunDir, manifest: RunManifest, tasks: tuple[LoadedTask, ...]) -> None:
    found = {loaded.task.name: loaded.dataset_sha256 for loaded in tasks}
    differing = sorted(
        name
        for name in found.keys() | manifest.datasets.keys()
        if found.get(name) != manifest.datasets.get(name)
    )
    if differing:
        raise UsageError(
            f"cannot use {run_dir.inputs}",
            f"it belongs to another run: {', '.join(differing)} differs from {run_dir.manifest}",
            next_step="run the same `vlmhb run` command again: it writes this file anew",
        )
