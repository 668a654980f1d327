"""Send a run to an experiment tracker, by a process that ends with all the tracker started."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.results import Results
from vlmhb.errors import UnusableError, UsageError
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.tables.to_csv import metrics_csv
from vlmhb.report.tables.to_json import results_json
from vlmhb.report.tables.to_markdown import results_md
from vlmhb.report.trackers.job import Job, read_done, write_job
from vlmhb.report.trackers.tracked import tracked_runs
from vlmhb.store import RunManifest
from vlmhb.system.process import (
    NETWORK_SETTINGS,
    Completed,
    inherited_environment,
    inherited_families,
    run,
)
from vlmhb.system.scratch import scratch_folder

PACKAGE = "vlmhb.report.trackers"
TIMEOUT_S = 1800
"""Files of some megabytes, to a server that may be slow."""
FAMILIES = ("AWS_", "HF_", "MLFLOW_", "TRACKIO_", "WANDB_", "XDG_")
"""Beginnings of the variables by which trackers, and the stores behind them, are told of places."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """One of those that `vlmhb export` speaks to."""

    name: str
    """Of the module that is imported to speak to it, and of the extra that brings it."""

    @property
    def script(self) -> str:
        """The module that is run."""
        return f"{PACKAGE}.to_{self.name}"

    def places(self, folder: Path) -> dict[str, str]:
        """Variables that keep its files in `folder`, for a user who said nothing else."""
        match self.name:
            case "mlflow":
                return {"MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}"}
            case "wandb":
                return {"WANDB_MODE": "offline", "WANDB_SILENT": "true"}
            case _:
                return {"TRACKIO_DIR": str(folder)}


TRACKERS = {name: Tracker(name) for name in ("mlflow", "wandb", "trackio")}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a run goes."""

    project: str
    folder: Path
    replace: bool


def track(
    results: Results, manifest: RunManifest, run_id: str, tracker: Tracker, target: Target
) -> tuple[str, ...]:
    """What to know about the runs that the tracker has now.

    Raises:
        UsageError: there is nothing to tell, the tracker's package is not installed, or it has
            the runs already.
        UnusableError: the tracker refused.
    """
    board = leaderboard(results)
    runs = tracked_runs(results, board, manifest, run_id)
    doing = f"cannot export to {tracker.name}"
    if not runs:
        raise UsageError(doing, "the run has no figures", next_step="let it answer something first")
    folder = target.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with scratch_folder("track") as name:
        scratch = Path(name)
        files = _documents(results, scratch)
        job, done = scratch / "job.json", scratch / "done.json"
        write_job(job, Job(target.project, folder, target.replace, files, runs))
        ended = _ended(tracker, folder, (job, done), doing)
        try:
            said = read_done(done)
        except OSError:
            raise _refused(tracker, ended, doing) from None
    if said.present:
        raise UsageError(
            doing,
            f"{target.project} has these models of this run already: {', '.join(said.present)}",
            next_step="put the run's figures in their place with --replace",
        )
    return said.notes


def _documents(results: Results, folder: Path) -> tuple[Path, ...]:
    entries, board = entries_of(results), leaderboard(results)
    contents = {
        "metrics.csv": metrics_csv(results),
        "results.json": results_json(results, entries, board),
        "results.md": results_md(results, entries, board),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in contents)


def _ended(tracker: Tracker, folder: Path, files: tuple[Path, Path], doing: str) -> Completed:
    command = (sys.executable, "-m", tracker.script, *map(str, files))
    try:
        return run(
            command, environment=_environment(tracker, folder), cwd=folder, timeout_s=TIMEOUT_S
        )
    except TimeoutError as error:
        raise UnusableError(
            doing, str(error), next_step="see whether its server answers"
        ) from error


def _environment(tracker: Tracker, folder: Path) -> Mapping[str, str]:
    return {
        **inherited_environment((*NETWORK_SETTINGS, "HOME", "LANG", "PATH", "TMPDIR", "USER")),
        **tracker.places(folder),
        **inherited_families(FAMILIES),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _refused(tracker: Tracker, ended: Completed, doing: str) -> UsageError | UnusableError:
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    last = lines[-1].strip() if lines else f"it ended with {ended.returncode} and said nothing"
    if "ModuleNotFoundError" in last and f"'{tracker.name}" in last:
        return UsageError(
            doing,
            f"{tracker.name} is not installed",
            next_step=f"pip install 'vlmhb[{tracker.name}]'",
        )
    return UnusableError(doing, last)
