"""Run as a process of its own: put runs into W&B, offline unless WANDB_MODE says otherwise.

API: https://docs.wandb.ai/ref/python/init
"""

import shutil
import sys
from pathlib import Path

import wandb

from vlmhb.report.trackers.job import Done, Job, read_job, write_done
from vlmhb.report.trackers.tracked import TrackedRun


def export(job: Job) -> Done:
    """One W&B run for each of the job's, in the project `job.project`."""
    earlier = {run.name: folders for run in job.runs if (folders := _offline(job, run))}
    if earlier and not job.replace:
        return Done(present=tuple(earlier))
    for folders in earlier.values():
        for folder in folders:
            shutil.rmtree(folder)
    for run in job.runs:
        _log(job, run)
    written = [folder for run in job.runs for folder in _offline(job, run)]
    if not written:
        return Done(notes=(f"project {job.project}",))
    return Done(notes=(f"to send them: wandb sync {job.folder}/wandb/offline-run-*",))


def _offline(job: Job, run: TrackedRun) -> list[Path]:
    return sorted((job.folder / "wandb").glob(f"offline-run-*-{run.id}"))


def _log(job: Job, run: TrackedRun) -> None:
    made = wandb.init(
        project=job.project,
        id=run.id,
        name=run.name,
        group=run.group,
        config={"params": dict(run.params), **run.tags},
        dir=str(job.folder),
        # The same id again is the same run: another export puts its figures in their place.
        resume="allow",
        settings=wandb.Settings(
            console="off", disable_git=True, save_code=False, x_disable_meta=True,
            x_disable_stats=True,
        ),
    )  # fmt: skip
    for name, value in run.metrics.items():
        made.summary[name] = value
    documents = wandb.Artifact(f"vlmhb-{run.id}", type="evaluation")
    for file in job.files:
        documents.add_file(str(file))
    made.log_artifact(documents)
    made.finish()


if __name__ == "__main__":
    write_done(Path(sys.argv[2]), export(read_job(Path(sys.argv[1]))))
