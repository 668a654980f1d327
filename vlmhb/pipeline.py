"""The main path: config -> plan -> answers -> scores -> report."""

import shlex
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb import __version__
from vlmhb.config import (
    Device,
    Documents,
    Overrides,
    as_filter,
    documents_run,
    load_run,
    read_secrets,
)
from vlmhb.datasets import DatasetCache, load_task, pick_samples
from vlmhb.datasets.cache import OnFetch, say_nothing
from vlmhb.domain.answer import Asked, FailedAnswer
from vlmhb.domain.digest import sha256_of
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.results import Results
from vlmhb.domain.run import LoadedTask, RunConfig, RunPlan
from vlmhb.domain.task import Task
from vlmhb.env import EnvStore, contents_sha256
from vlmhb.plan import build_plan, remaining, run_fingerprint, sets_in_use
from vlmhb.schedule import Answered, Observer, SameWeights, SegmentRecorder, Supplies, execute
from vlmhb.store import (
    JournalWriter,
    OpenRun,
    RunDir,
    RunManifest,
    Segment,
    ThumbnailWriter,
    choose_folder,
)
from vlmhb.system.clock import Stopwatch
from vlmhb.system.preload import preload
from vlmhb.system.signals import StopSignals
from vlmhb.weights import WeightsStore

REPORTING = ("vlmhb.report", "vlmhb.metrics.summaries")
"""Half the time a start takes is importing these; they are imported while the models answer."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for beyond the run file."""

    source: str | Documents
    """A run file's path or name, or a folder of documents."""
    overrides: Overrides
    envs: Path
    """Where built envs are kept."""
    datasets: Path
    """Where fetched datasets and the pages of PDFs are kept."""
    runs: Path
    """Where run folders are made when `out` is not given."""
    out: Path | None = None
    new: bool = False
    """Start another run even when one with the same questions exists."""
    offline: bool = False
    on_fetch: OnFetch = say_nothing
    """Hears of datasets that are fetched."""

    @property
    def cache(self) -> DatasetCache:
        """Where datasets are kept, and who hears of it."""
        return DatasetCache(self.datasets, self.offline, self.on_fetch)

    def resume_command(self, folder: Path) -> str:
        """What to type to go on with the run in `folder`."""
        chosen = self.overrides
        source = self.source.words() if isinstance(self.source, Documents) else (self.source,)
        words = ["vlmhb", "run", *source, "--out", str(folder)]
        for name, values in (("--models", chosen.models), ("--tasks", chosen.tasks)):
            words += [name, ",".join(values)] if values else []
        for name, number in (("--limit", chosen.limit), ("--max-workers", chosen.max_workers)):
            words += [name, str(number)] if number else []
        for key, wanted in (chosen.filters or {}).items():
            words += ["--filter", as_filter(key, wanted)]
        if chosen.device is not Device.AUTO:
            words += ["--device", chosen.device.value]
        return shlex.join([*words, *(["--offline"] if self.offline else [])])


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run before its first request."""

    config: RunConfig
    tasks: tuple[LoadedTask, ...]
    plan: RunPlan
    manifest: RunManifest
    folder: Path


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended."""

    run_dir: RunDir
    segment: Segment | None
    """What this start recorded; None when nothing was left to ask."""
    results: Results
    stages_s: Mapping[str, float]
    """Wall time per stage of this start."""
    exit_code: int
    """As `exit_code` says."""


def run(options: RunOptions, observer: Observer) -> RunEnd:
    """Ask what is left to ask, then score and report everything that is answered.

    Raises:
        Interrupted: a signal came; what was answered is on disk.
    """
    watch = Stopwatch()
    with StopSignals() as stop:
        with watch.stage("prepare"):
            ready = prepare(options)
        with OpenRun(ready.folder, ready.manifest, ready.tasks) as opened:
            with watch.stage("answer"), ThumbnailWriter(opened.run_dir, ready.tasks):
                segment = answer(ready, opened, options, observer, stop)
            from vlmhb.report import read_results, write_report  # noqa: PLC0415 - see REPORTING

            with watch.stage("score"):
                results = read_results(opened.run_dir)
            with watch.stage("report"):
                write_report(results, opened.run_dir.derived)
    return RunEnd(opened.run_dir, segment, results, watch.stages_s, exit_code(results))


def asked_tasks(options: RunOptions) -> tuple[Task, ...]:
    """The tasks of a run, none of them read."""
    return configured(options).tasks


def configured(options: RunOptions) -> RunConfig:
    """What is asked for, with every name resolved."""
    if isinstance(options.source, Documents):
        return documents_run(options.source, options.overrides)
    return load_run(options.source, options.overrides)


def prepare(options: RunOptions) -> Prepared:
    """Read everything that is asked for, and name every inference it needs."""
    config = configured(options)
    cache = options.cache
    loaded = tuple(load_task(task, cache) for task in config.tasks)
    tasks = pick_samples(loaded, config, lambda task: sets_in_use(config.models, task.task))
    envs = {name: contents_sha256(spec) for name, spec in config.envspecs.items()}
    fingerprint = run_fingerprint(config, tasks, envs)
    manifest = RunManifest(
        name=config.name,
        vlmhb=__version__,
        models=config.models,
        datasets={loaded.task.name: loaded.dataset_sha256 for loaded in tasks},
        fingerprint=fingerprint,
        source=config.source,
        seed=config.seed,
    )
    folder = options.out or choose_folder(
        options.runs, config.name, sha256_of(fingerprint)[:8], new=options.new
    )
    return Prepared(config, tasks, build_plan(config.models, tasks), manifest, folder)


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
    left = remaining(ready.plan, opened.answered)
    observer.planned(
        ready.folder,
        left={model: len(requests) for model, requests in left.items()},
        done={
            model: len(requests) - len(left.get(model, ()))
            for model, requests in ready.plan.requests.items()
        },
    )
    if not left:
        return None
    preload(*REPORTING)
    asked = asked_of(ready.plan)
    supplies = supplies_for(ready.config.models, opened.manifest, options)
    with (
        SegmentRecorder(opened, asked=left) as recorder,
        JournalWriter(opened.run_dir.journal) as journal,
        closing(execute(ready.config, left, supplies, ready.folder, stop)) as steps,
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


def began_with(
    models: Sequence[ModelSpec], manifest: RunManifest
) -> dict[WeightsRef, LoadedWeights]:
    """What the weights were of which a model has been loaded already."""
    began: dict[WeightsRef, LoadedWeights] = {}
    for model in models:
        loaded = manifest.weights_of(model.name)
        if model.weights is not None and loaded is not None:
            began.setdefault(model.weights, loaded)
    return began


def exit_code(results: Results) -> int:
    """0; 3 when a sample or a model failed; 4 when no model could run here."""
    if len(results.unavailable) == len(results.models) and not results.outcomes:
        return 4
    failed = any(isinstance(outcome, FailedAnswer) for outcome in results.outcomes.values())
    return 3 if failed or results.unavailable else 0
