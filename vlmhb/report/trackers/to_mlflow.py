"""Run as a process of its own: put runs into the MLflow store that MLFLOW_TRACKING_URI names.

API: https://mlflow.org/docs/latest/api_reference/python_api/mlflow.client.html
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

from vlmhb.report.trackers.job import Done, Job, milliseconds, read_job, write_done
from vlmhb.report.trackers.mlflow_keys import with_keys
from vlmhb.report.trackers.tracked import TrackedRun

MAX_TEXT = 6000
"""Characters of a value."""
BATCH = 100
"""Values that it takes at once."""


def export(job: Job) -> Done:
    """One MLflow run for each of the job's, in the experiment `job.project`."""
    client = MlflowClient()
    experiment = _experiment(client, job)
    earlier = dict(_earlier(client, experiment, job.runs))
    if earlier and not job.replace:
        return Done(present=tuple(run.name for run in job.runs if run.id in earlier))
    for run_id in earlier.values():
        client.delete_run(run_id)
    for run in job.runs:
        _log(client, experiment, run, job.files)
    return Done(notes=(f"experiment {job.project} of {client.tracking_uri}",))


def _experiment(client: Any, job: Job) -> str:
    known = client.get_experiment_by_name(job.project)
    if known is not None:
        return str(known.experiment_id)
    ours = client.tracking_uri == f"sqlite:///{job.folder / 'mlflow.db'}"
    place = (job.folder / "artifacts").as_uri() if ours else None
    return str(client.create_experiment(job.project, artifact_location=place))


def _earlier(client: Any, experiment: str, runs: Iterable[TrackedRun]) -> Iterator[tuple[str, str]]:
    """(our id, MLflow's id) of those that are there."""
    wanted = {run.id for run in runs}
    token = None
    while True:
        page = client.search_runs([experiment], page_token=token)
        for found in page:
            ours = found.data.tags.get("vlmhb.id")
            if ours in wanted:
                yield ours, found.info.run_id
        token = page.token
        if not token:
            return


def _log(client: Any, experiment: str, run: TrackedRun, files: Iterable[Path]) -> None:
    began, ended = milliseconds(run.started_at), milliseconds(run.finished_at)
    made = client.create_run(experiment, run_name=run.name, start_time=began)
    run_id = made.info.run_id
    tags = [RunTag("vlmhb.id", run.id), *(RunTag(*pair) for pair in with_keys(run.tags.items()))]
    metrics = [Metric(key, value, ended or 0, 0) for key, value in with_keys(run.metrics.items())]
    params = [Param(key, value[:MAX_TEXT]) for key, value in with_keys(run.params.items())]
    client.log_batch(run_id, tags=tags)
    for start in range(0, max(len(metrics), len(params)), BATCH):
        part = slice(start, start + BATCH)
        client.log_batch(run_id, metrics=metrics[part], params=params[part])
    for file in files:
        client.log_artifact(run_id, str(file))
    client.set_terminated(run_id, end_time=ended)


if __name__ == "__main__":
    write_done(Path(sys.argv[2]), export(read_job(Path(sys.argv[1]))))
