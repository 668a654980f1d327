"""Parts of a merge that are not on a disk."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tests.build import env, loaded, model, sample, segment
from vlmhb.domain.answer import Outcome
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import LeftOut, LoadedTask, RunConfig
from vlmhb.domain.telemetry import WorkerTelemetry, WorkerTotals
from vlmhb.merging import Part
from vlmhb.plan import build_plan, run_fingerprint
from vlmhb.store import RecordedRun, RunDir, RunManifest, Segment, WorkerStart

SAMPLES = tuple(sample(number, page_name=f"p{number}x") for number in range(1, 13))
TASK = loaded(SAMPLES)


def some(numbers: Sequence[int], of: LoadedTask = TASK) -> LoadedTask:
    """The task with these samples alone, by their places."""
    return replace(
        of,
        samples=tuple(of.samples[number] for number in numbers),
        left_out=LeftOut(filtered=len(of.samples) - len(numbers)),
        places=tuple(numbers),
    )


def started(started_at: str = "2026-01-02T03:04:05Z", *models: str, host: str = "pod") -> Segment:
    return segment(
        started_at=started_at,
        host=host,
        finished_at="2026-01-02T03:05:05Z",
        workers=tuple(
            WorkerStart(name, env().fingerprint, 1.0, 1, None, {"host": host}) for name in models
        ),
    )


def request_ids(models: Sequence[ModelSpec], tasks: Sequence[LoadedTask]) -> dict[str, str]:
    """Request -> `model/sample`."""
    return {
        request_id: f"{evaluation.model}/{sample_id}"
        for evaluation in build_plan(models, tasks).evaluations
        for sample_id, request_id in evaluation.requests
    }


def part(
    name: str,
    outcomes: Mapping[str, Outcome],
    models: Sequence[ModelSpec] = (model(),),
    tasks: Sequence[LoadedTask] = (TASK,),
    **changes: object,
) -> Part:
    """A run; `outcomes` are by `model/sample` and lack only their request's id."""
    names = [one.name for one in models]
    config = RunConfig("run", "run", tuple(models), (), {}, 1, None, 0)
    manifest = RunManifest(
        name="run",
        vlmhb="0",
        models=tuple(models),
        datasets={one.task.name: one.dataset_sha256 for one in tasks},
        fingerprint=run_fingerprint(config, tasks, {one.env: "e" for one in models}),
        source="run",
        seed=0,
        segments=(started("2026-01-02T03:04:05Z", *names, host=name),),
        envs={env().fingerprint: env()},
    )
    answered = {
        request_id: replace(outcomes[which], request_id=request_id, segment=0)
        for request_id, which in request_ids(models, tasks).items()
        if which in outcomes
    }
    telemetry = tuple(WorkerTelemetry(one, 0, 0, totals=WorkerTotals(alive_s=5.0)) for one in names)
    recorded = RecordedRun(
        replace(manifest, **changes),  # type: ignore[arg-type]
        tuple(tasks),
        answered,
        telemetry=telemetry,
    )
    return Part(name, recorded, RunDir(Path("/nowhere") / name))
