"""From what is asked for to every inference it needs."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vlmhb import __version__
from vlmhb.config import Documents, documents_run, load_run
from vlmhb.datasets import DatasetCache, apply_shard, divided, load_task, pick_samples
from vlmhb.datasets.load import every_sample
from vlmhb.domain.answer import Outcome
from vlmhb.domain.digest import sha256_of
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.run import LoadedTask, Request, RunConfig, RunPlan
from vlmhb.domain.shard import ShardOfRun
from vlmhb.env import contents_sha256
from vlmhb.pipeline.gpus import check_gpus
from vlmhb.pipeline.options import RunOptions
from vlmhb.plan import build_plan, remaining, run_fingerprint, sets_in_use
from vlmhb.store import RunManifest, choose_folder


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run before its first request."""

    config: RunConfig
    tasks: tuple[LoadedTask, ...]
    plan: RunPlan
    manifest: RunManifest
    folder: Path
    given: tuple[Outcome, ...] = ()
    """Answers of models that are not asked: they came with the configuration."""

    @property
    def asked(self) -> RunConfig:
        """The run without those models."""
        models = tuple(model for model in self.config.models if model.backend != IMPORTED)
        return replace(self.config, models=models)

    def left(self, answered: Collection[str]) -> dict[str, tuple[Request, ...]]:
        """The requests without an outcome, by model; none of models that are not asked."""
        names = {model.name for model in self.asked.models}
        left = remaining(self.plan, answered)
        return {model: requests for model, requests in left.items() if model in names}


def configured(options: RunOptions) -> RunConfig:
    """What is asked for, with every name resolved.

    Raises:
        UsageError: something is wrong, or this machine has other GPUs than are asked for.
        UnusableError: GPUs are asked for, and it has none.
    """
    if isinstance(options.source, Documents):
        config = documents_run(options.source, options.overrides)
    else:
        config = load_run(options.source, options.overrides)
    check_gpus(options, config.gpus)
    is_weak = "price_per_hour" in options.overrides.weak
    if options.price_per_hour is None or (is_weak and config.price_per_hour is not None):
        return config
    return replace(config, price_per_hour=options.price_per_hour)


def prepare(options: RunOptions) -> Prepared:
    """Read everything that is asked for, and name every inference it needs."""
    config = configured(options)
    cache = options.cache
    loaded = tuple(load_task(task, cache) for task in config.tasks)
    picked = pick_samples(loaded, config, lambda task: sets_in_use(config.models, task.task))
    tasks = apply_shard(picked, config.shard)
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
        price_per_hour=config.price_per_hour,
        id=uuid.uuid4().hex,
        shard=None if config.shard is None else ShardOfRun(config.shard, divided(picked)),
    )
    folder = options.out or choose_folder(
        options.runs, _folder_name(config), sha256_of(fingerprint)[:8], new=options.new
    )
    plan = build_plan(config.models, tasks)
    return Prepared(config, tasks, plan, manifest, folder, _given(config, plan, tasks, cache))


def _folder_name(config: RunConfig) -> str:
    return config.name if config.shard is None else f"{config.name}-{config.shard.label}"


def _given(
    config: RunConfig, plan: RunPlan, tasks: Sequence[LoadedTask], cache: DatasetCache
) -> tuple[Outcome, ...]:
    if not any(row.given for row in config.vhb_rows):
        return ()
    from vlmhb.exchange.vhb_rows import given_outcomes  # noqa: PLC0415 - few runs need it

    by_name = {loaded.task.name: loaded for loaded in tasks}
    return given_outcomes(
        config.vhb_rows, plan, by_name, lambda loaded: every_sample(loaded, cache)
    )
