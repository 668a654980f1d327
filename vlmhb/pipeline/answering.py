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
from vlmhb.pipeline.gpus import chosen_gpus
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.outlook import Asking, refuse_full_disks, refuse_loose_sandbox
from vlmhb.pipeline.preparation import Prepared
from vlmhb.pipeline.standings import standings_of
from vlmhb.schedule import (
    Answered,
    Noted,
    Observer,
    SameWeights,
    SegmentRecorder,
    Supplies,
    execute,
)
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.store import JournalWriter, OpenRun, Patience, RunManifest, Segment
from vlmhb.system.signals import StopSignals
from vlmhb.weights import WeightsStore

RETRY_S = 30.0
"""How often writing is tried while the disk is full."""


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
    for note in opened.notes:
        observer.see(Noted(note))
    keep_given(ready, opened)
    if not left:
        begin_journal(opened)
        return None
    began = began_with(ready.asked.models, opened.manifest)
    gpus = chosen_gpus(options.find_gpus(), ready.config.gpus)
    refuse_full_disks(
        Asking(ready.asked, left, ready.folder, options, began, gpus=gpus, is_run=True)
    )
    models = tuple(model for model in ready.asked.models if model.name in left)
    refuse_loose_sandbox(ready.asked, models, (options.envs,))
    asked = asked_of(ready.plan)
    supplies = supplies_for(ready.asked.models, opened.manifest, options, gpus)
    standings = standings_of(ready, opened, left)
    with (
        SegmentRecorder(opened, asked=left, gpus=gpus) as recorder,
        _journal(opened, options, observer, stop) as journal,
        closing(execute(ready.asked, left, supplies, ready.folder, stop, standings)) as steps,
    ):
        for step in steps:
            opened.check_lock()
            journal.tell()
            if isinstance(step, Answered):
                outcome = step.outcome
                texts = asked.get(outcome.request_id)
                journal.append(replace(outcome, segment=recorder.number, asked=texts))
            recorder.see(step)
            observer.see(step)
    if stop.received is not None:
        raise stop.interrupted()
    return opened.manifest.segments[-1]


def _journal(
    opened: OpenRun, options: RunOptions, observer: Observer, stop: StopSignals
) -> JournalWriter:
    longest_s = options.full_disk_wait_s
    return JournalWriter(
        opened.run_dir.journal,
        Patience(min(RETRY_S, longest_s / 4), longest_s),
        is_stopped=lambda: stop.received is not None,
        on_news=lambda text: observer.see(Noted(text)),
        confirm=opened.confirm_lock,
    )


def keep_given(ready: Prepared, opened: OpenRun) -> None:
    """Write down what came with the configuration, once."""
    if len(ready.asked.models) == len(ready.config.models):
        return
    new = [outcome for outcome in ready.given if outcome.request_id not in opened.answered]
    if not new:
        return
    opened.keep(opened.expect_answers())
    with JournalWriter(opened.run_dir.journal) as journal:
        for outcome in new:
            journal.append(outcome)


def begin_journal(opened: OpenRun) -> None:
    """Begin the journal of a run in which nobody is asked anything: a shard without samples."""
    if not opened.run_dir.journal.exists():
        opened.keep(opened.expect_answers())
        with JournalWriter(opened.run_dir.journal):
            pass


def supplies_for(
    models: Sequence[ModelSpec], manifest: RunManifest, options: RunOptions, gpus: Gpus
) -> Supplies:
    """What the models take from this machine; weights are those that the run began with."""
    return Supplies(
        envs=EnvStore(options.envs, offline=options.offline),
        weights=SameWeights(
            WeightsStore.standard(offline=options.offline), began_with(models, manifest)
        ),
        secrets=read_secrets(name for model in models for name in model.secrets),
        gpus=gpus,
    )
