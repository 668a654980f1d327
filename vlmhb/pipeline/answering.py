"""Asking every request that has no outcome, and keeping each outcome."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from vlmhb.config import read_secrets
from vlmhb.domain.answer import Asked
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.run import RunPlan
from vlmhb.env import EnvStore
from vlmhb.pipeline.began import began_with
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.outlook import Asking, refuse_full_disks
from vlmhb.pipeline.preparation import Prepared
from vlmhb.schedule import Answered, Observer, SameWeights, SegmentRecorder, Supplies, execute
from vlmhb.store import JournalWriter, OpenRun, RunManifest, Segment
from vlmhb.system.preload import preload
from vlmhb.system.signals import StopSignals
from vlmhb.weights import WeightsStore

REPORTING = ("vlmhb.report", "vlmhb.metrics.aggregation.summaries")
"""Half the time a start takes is importing these; they are imported while the models answer."""


def asked_of(plan: RunPlan) -> dict[str, Asked]:
    """Request id -> the texts it holds, for models that are asked something."""
    return {
        request.id: Asked(request.prompt, request.system_prompt, request.prompt_source)
        for requests in plan.requests.values()
        for request in requests
        if request.prompt_source
    }


def answer(
    ready: Prepared, opened: OpenRun, options: RunOptions, observer: Observer, stop: StopSignals
) -> Segment | None:
    """Ask every request without an outcome, and keep each outcome in the journal."""
    left = ready.left(opened.answered)
    observer.planned(
        ready.folder,
        left={model: len(requests) for model, requests in left.items()},
        done={
            model.name: len(ready.plan.requests[model.name]) - len(left.get(model.name, ()))
            for model in ready.asked.models
        },
    )
    keep_given(ready, opened)
    if not left:
        return None
    began = began_with(ready.asked.models, opened.manifest)
    refuse_full_disks(Asking(ready.asked, left, ready.folder, options, began, is_run=True))
    preload(*REPORTING)
    asked = asked_of(ready.plan)
    supplies = supplies_for(ready.asked.models, opened.manifest, options)
    with (
        SegmentRecorder(opened, asked=left) as recorder,
        JournalWriter(opened.run_dir.journal) as journal,
        closing(execute(ready.asked, left, supplies, ready.folder, stop)) as steps,
    ):
        for step in steps:
            if isinstance(step, Answered):
                outcome = step.outcome
                texts = asked.get(outcome.request_id)
                journal.append(replace(outcome, segment=recorder.number, asked=texts))
            recorder.see(step)
            observer.see(step)
    if stop.received is not None:
        raise stop.interrupted(f"to go on: {options.resume_command(ready.folder)}")
    return opened.manifest.segments[-1]


def keep_given(ready: Prepared, opened: OpenRun) -> None:
    """Write down what came with the configuration, once."""
    if len(ready.asked.models) == len(ready.config.models):
        return
    with JournalWriter(opened.run_dir.journal) as journal:
        for outcome in ready.given:
            if outcome.request_id not in opened.answered:
                journal.append(outcome)


def supplies_for(
    models: Sequence[ModelSpec], manifest: RunManifest, options: RunOptions
) -> Supplies:
    """What the models take from this machine; weights are those that the run began with."""
    return Supplies(
        envs=EnvStore(options.envs, offline=options.offline),
        weights=SameWeights(
            WeightsStore.standard(offline=options.offline), began_with(models, manifest)
        ),
        secrets=read_secrets(name for model in models for name in model.secrets),
    )
