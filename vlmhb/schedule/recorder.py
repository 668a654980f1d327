"""Keeps run.json up to date with what the executor tells."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Protocol

from vlmhb import __version__
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.secret_text import without_user
from vlmhb.errors import RunLockedError, StorageError
from vlmhb.schedule import progress as steps
from vlmhb.store import (
    AttemptsWriter,
    OpenRun,
    RunManifest,
    Segment,
    TelemetryWriter,
    WorkerStart,
    mark_of,
)
from vlmhb.system.clock import monotonic_s, utc_now
from vlmhb.system.gpus import Gpu, list_gpus
from vlmhb.system.host import cpu_name, host_name, memory_gib, source_commit, usable_cores


class Usable(Protocol):
    """The GPUs that a run may use."""

    @property
    def usable(self) -> Sequence[Gpu]:
        """Each of them."""
        ...

    @property
    def driver(self) -> str:
        """The driver's version; empty without one."""
        ...


class SegmentRecorder:
    """One start of a run, from its first env to its last answer."""

    def __init__(
        self, opened: OpenRun, asked: Mapping[str, object], gpus: Usable | None = None
    ) -> None:
        """`gpus` are those that the run may use; None for all there are."""
        self._opened = opened
        self._telemetry = TelemetryWriter(opened.run_dir.telemetry)
        self._attempts = AttemptsWriter(opened.run_dir.attempts)
        self._started_at_s = monotonic_s()
        before = opened.expect_answers()
        # A model that is asked again may be available now.
        unavailable = {m: why for m, why in before.unavailable.items() if m not in asked}
        began = replace(new_segment(gpus), folder_notes=opened.notes)
        self._manifest = replace(
            before, unavailable=unavailable, segments=(*before.segments, began)
        )

    def __enter__(self) -> "SegmentRecorder":
        self._opened.keep(self._manifest)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._telemetry.close()
        self._attempts.close()
        if isinstance(error, RunLockedError):
            return  # run.json is another's by now
        self._change_segment(finished_at=utc_now())
        if not isinstance(error, StorageError):  # else nobody knows what of it is on the disk
            mark = mark_of(self._opened.run_dir.journal, is_end=True)
            self._manifest = replace(self._manifest, journal=mark)
        try:
            self._opened.keep(self._manifest)
        except StorageError:
            if error is None:  # else that one tells why
                raise

    def see(self, step: steps.Progress) -> None:  # noqa: C901 - an arm per step
        """Note `step`; what explains an answer is on disk before the next one is asked."""
        match step:
            case steps.Answered(is_late=True):
                return
            case steps.Answered():
                self._change_segment(answers=self._segment.answers + 1)
                return
            case steps.Measured(worker, is_last=is_last):
                self._telemetry.keep(replace(worker, segment=self.number), is_last=is_last)
                return
            case steps.Troubled(trouble):
                self._attempts.append(replace(trouble, segment=self.number))
                return
            case steps.EnvBuilt(env):
                envs = dict(self._manifest.envs) | {env.fingerprint: env}
                self._manifest = replace(self._manifest, envs=envs)
                self._change_segment(envs_ready_s=round(monotonic_s() - self._started_at_s, 3))
            case steps.ModelLoaded():
                workers = (*self._segment.workers, worker_start(step))
                self._change_segment(workers=workers, sandbox_level=lowest_level(workers))
            case steps.GpuReturned(model, figures, _):
                self._change_segment(workers=with_gpu(self._segment.workers, model, figures))
            case steps.WeightsChanged():
                changed = dict(self._segment.weights_changed) | {step.model: step.text}
                self._change_segment(weights_changed=changed)
            case steps.GaveUp():
                why = without_user(step.text)
                unavailable = dict(self._manifest.unavailable) | {step.model: why}
                self._manifest = replace(self._manifest, unavailable=unavailable)
            case _:
                return
        self._opened.keep(self._manifest)

    @property
    def number(self) -> int:
        """What the outcomes of this start carry as their `segment`."""
        return len(self._manifest.segments) - 1

    @property
    def _segment(self) -> Segment:
        return self._manifest.segments[-1]

    def _change_segment(self, **changes: object) -> None:
        self._manifest = with_last_segment(self._manifest, **changes)


def worker_start(step: steps.ModelLoaded) -> WorkerStart:
    """What is recorded when a worker has loaded its model."""
    return WorkerStart(
        model=step.model,
        worker=step.worker,
        env=step.env,
        load_s=step.load_s,
        window=step.window,
        gpu_memory_bytes=step.gpu_memory_bytes,
        facts=step.facts,
        gpu=step.gpu,
        more_gpus=step.more_gpus,
        weights=step.weights,
        sandbox=step.sandbox,
        host=step.host,
    )


def lowest_level(workers: tuple[WorkerStart, ...]) -> int:
    """Of the sandboxes that they ran in."""
    return min(start.sandbox.level if start.sandbox else 0 for start in workers)


def with_gpu(
    workers: tuple[WorkerStart, ...], model: str, figures: GpuFigures
) -> tuple[WorkerStart, ...]:
    """The same starts, with all that is known of the GPU in the one that was on it.

    A worker that ended before its model was loaded has no start to add that to. The model's latest
    start may be on another GPU: a GPU's memory comes back when the next worker is loaded already.
    """
    took_it = [
        place
        for place, start in enumerate(workers)
        if start.model == model and figures.uuid in {one.uuid for one in _gpus(start)}
    ]
    if not took_it or figures.loaded_bytes is None:
        return workers
    latest = took_it[-1]
    first, *more = (figures if one.uuid == figures.uuid else one for one in _gpus(workers[latest]))
    return (
        *workers[:latest],
        replace(workers[latest], gpu=first, more_gpus=tuple(more)),
        *workers[latest + 1 :],
    )


def _gpus(start: WorkerStart) -> tuple[GpuFigures, ...]:
    return () if start.gpu is None else (start.gpu, *start.more_gpus)


def with_last_segment(manifest: RunManifest, **changes: object) -> RunManifest:
    """The same run with its latest segment changed."""
    last = replace(manifest.segments[-1], **changes)  # type: ignore[arg-type]
    return replace(manifest, segments=(*manifest.segments[:-1], last))


def new_segment(usable: Usable | None = None) -> Segment:
    """A segment that starts now, here, with the GPUs that are `usable`."""
    gpus, driver = list_gpus() if usable is None else (usable.usable, usable.driver)
    return Segment(
        started_at=utc_now(),
        host=host_name(),
        pid=os.getpid(),
        cpu=cpu_name(),
        cores=usable_cores(),
        memory_gib=memory_gib(),
        gpus=tuple(gpu.name for gpu in gpus),
        driver=driver,
        python=platform.python_version(),
        vlmhb=__version__,
        source_commit=source_commit(),
        sandbox_level=0,
    )
