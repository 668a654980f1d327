"""Run as a process of its own: put runs into Trackio, on this machine unless it is told of another.

API: https://huggingface.co/docs/trackio/api
"""

import sys
from pathlib import Path
from typing import Any

import trackio

from vlmhb.report.trackers.job import Done, Job, read_job, write_done
from vlmhb.report.trackers.tracked import TrackedRun


def export(job: Job) -> Done:
    """One Trackio run for each of the job's, in the project `job.project`."""
    earlier = _earlier(job)
    if earlier and not job.replace:
        return Done(present=tuple(earlier))
    for found in earlier.values():
        found.delete()
    for run in job.runs:
        _log(job, run)
    return Done(
        notes=(
            f"to see them: TRACKIO_DIR={trackio.TRACKIO_DIR} trackio show --project {job.project}",
        )
    )


def _earlier(job: Job) -> dict[str, Any]:
    """By model, of those that are there."""
    ids = {run.id: run.name for run in job.runs}
    try:
        there = list(trackio.Api().runs(job.project))
    except ValueError:
        return {}
    return {
        ids[known]: found
        for found in there
        if (known := (found.config or {}).get("vlmhb.id")) in ids
    }


def _log(job: Job, run: TrackedRun) -> None:
    trackio.init(
        project=job.project,
        name=f"{run.name} {run.id[:8]}",
        group=run.group,
        config={"vlmhb.id": run.id, "params": dict(run.params), **run.tags},
        embed=False,
        auto_log_gpu=False,
        auto_log_cpu=False,
    )
    trackio.log(dict(run.metrics))
    trackio.finish()


if __name__ == "__main__":
    write_done(Path(sys.argv[2]), export(read_job(Path(sys.argv[1]))))
