"""Asking every request that has no outcome, and keeping each outcome."""

from contextlib import closing
from dataclasses import replace

from vlmhb.domain.answer import Asked
from vlmhb.domain.run import RunPlan
from vlmhb.pipeline.executors import Start, executor_of
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.preparation import Prepared
from vlmhb.pipeline.report_tools import ReportTools
from vlmhb.pipeline.standings import standings_of
from vlmhb.schedule import (
    Answered,
    Noted,
    Observer,
    SegmentRecorder,
)
from vlmhb.store import JournalWriter, OpenRun, Patience, Segment
from vlmhb.system.signals import StopSignals

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
    ready: Prepared,
    opened: OpenRun,
    options: RunOptions,
    observer: Observer,
    stop: StopSignals,
    tools: ReportTools,
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
    tools.expect(sum(map(len, left.values())))
    asked = asked_of(ready.plan)
    standings = standings_of(ready, opened, left)
    with (
        executor_of(Start(ready, opened, options, left, stop)) as executor,
        SegmentRecorder(opened, asked=left, gpus=executor.gpus) as recorder,
        _journal(opened, options, observer, stop) as journal,
        closing(executor.steps(standings)) as steps,
    ):
        for step in steps:
            opened.check_lock()
            journal.tell()
            if isinstance(step, Answered):
                outcome = step.outcome
                texts = asked.get(outcome.request_id)
                segment = outcome.segment if step.is_late else recorder.number
                journal.append(replace(outcome, segment=segment, asked=texts))
            recorder.see(step)
            observer.see(step)
            tools.see(step)
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
