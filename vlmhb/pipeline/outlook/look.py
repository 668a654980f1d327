"""Looking ahead: what a run would find here and take from here. Nothing is built or fetched."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from vlmhb.config import read_secrets
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.domain.needs import Disk, EnvNeed, Obstacle, WeightsNeed
from vlmhb.domain.past import Past
from vlmhb.domain.run import Request, RunConfig
from vlmhb.env import EnvStore
from vlmhb.env.need import EnvNeeds
from vlmhb.errors import StorageError
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.outlook.forecast import Known, forecast_of
from vlmhb.pipeline.outlook.gpus import GpuOutlook
from vlmhb.pipeline.outlook.outlook import DataNeed, Outlook
from vlmhb.pipeline.outlook.sandboxes import sandboxes_ahead
from vlmhb.plan.estimates import (
    Demand,
    DiskOutlook,
    Duration,
    data_demand,
    duration_of,
    env_demands,
    judge_disks,
    run_demand,
    weights_demand,
)
from vlmhb.schedule.forecast import Forecast
from vlmhb.schedule.gpus.desk import GpuRules
from vlmhb.schedule.gpus.use import Gpus
from vlmhb.schedule.supply.availability import Offer, unavailable_models
from vlmhb.schedule.supply.same_weights import pinned
from vlmhb.store.history import Machine, past_of
from vlmhb.system.deadline import Deadline
from vlmhb.system.files import storage_error
from vlmhb.system.gpu_memory import NvmlGpus
from vlmhb.system.host import cpu_name
from vlmhb.weights import Absent, WeightsStore
from vlmhb.weights.need import WeightsNeeds

PLAN_S = 120.0
RUN_S = 20.0
"""How long a network may take to tell sizes, in all: they are not worth waiting for longer."""


@dataclass(frozen=True)
class Asking:
    """A run that is looked ahead of, and what is asked about it."""

    config: RunConfig
    """Of the models that are asked."""
    left: Mapping[str, Sequence[Request]] | None
    """By model, the requests without an outcome; None when the data is not here to tell."""
    folder: Path
    """Of the run."""
    options: RunOptions
    began: Mapping[WeightsRef, LoadedWeights] = field(default_factory=dict)
    """What weights were when the run began."""
    data: tuple[DataNeed, ...] = ()
    gpus: Gpus = field(default_factory=NvmlGpus)
    rules: GpuRules = field(default_factory=GpuRules)
    is_run: bool = False
    """The run follows at once: only what is certain counts, and lists of files are kept."""
    cancelled: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def models(self) -> tuple[ModelSpec, ...]:
        """Those with something left to ask."""
        models = self.config.models
        return models if self.left is None else tuple(m for m in models if self.left.get(m.name))

    @cached_property
    def deadline(self) -> Deadline:
        """Of all questions to a network, from the first one on."""
        return Deadline.within(RUN_S if self.is_run else PLAN_S)

    @cached_property
    def envs(self) -> EnvStore:
        """Where envs are kept."""
        return EnvStore(self.options.envs, offline=self.options.offline)

    @cached_property
    def weights(self) -> WeightsStore:
        """Where weights are kept."""
        return WeightsStore.standard(offline=self.options.offline)

    @cached_property
    def here(self) -> frozenset[str]:
        """Models for which nothing has to be built or fetched; asks nobody."""
        envs = EnvNeeds(self.envs, brief=True)
        built = {name for name, spec in self.config.envspecs.items() if envs.is_ready(spec)}
        return frozenset(
            model.name
            for model in self.models
            if model.env in built and not (model.weights and self._lacks(model.weights))
        )

    def _lacks(self, ref: WeightsRef) -> bool:
        try:
            return isinstance(self.weights.look(self.as_begun(ref)), Absent)
        except (OSError, StorageError):
            return True  # who needs them will tell

    def disk(self, folder: Path) -> Disk:
        """Where `folder` lies, or would be made.

        Raises:
            StorageError: it cannot be looked at.
        """
        try:
            return self.options.disks.under(folder)
        except OSError as error:
            raise storage_error(f"cannot use {folder}", error) from error

    def env_needs(self) -> tuple[EnvNeed, ...]:
        """Of the envs of these models, each once."""
        needs = EnvNeeds(self.envs, brief=self.is_run, deadline=self.deadline)
        names = dict.fromkeys(model.env for model in self.models)
        return tuple(needs.of(self.config.envspecs[name]) for name in names)

    def weights_needs(self) -> tuple[WeightsNeed, ...]:
        """Of the weights of these models."""
        needs = WeightsNeeds(
            self.weights, self.cancelled, keeps_lists=self.is_run, deadline=self.deadline
        )
        refs = [(model.name, model.weights) for model in self.models if model.weights]
        return tuple(needs.of(name, self.as_begun(ref)) for name, ref in refs)

    def as_begun(self, ref: WeightsRef) -> WeightsRef:
        """The same weights as the run began with."""
        before = self.began.get(ref)
        return pinned(ref, before) if before else ref


def look_ahead(asking: Asking) -> Outlook:
    """Everything that can be known.

    Raises:
        EnvError: a spec has no usable lock.
        StorageError: a folder cannot be looked at.
    """
    envs, weights = asking.env_needs(), asking.weights_needs()
    gpus = GpuOutlook(asking.gpus, asking.rules)
    past = _past(asking)
    by_model = {need.model: need for need in weights}
    gpu_needs = gpus.needs(asking.models, asking.config.envspecs, by_model, past)
    obstacles = obstacles_of(asking, envs, weights) | {
        need.model: Obstacle(need.problem, "end what holds it, or take another GPU")
        for need in gpu_needs
        if need.problem
    }
    sandboxes = sandboxes_ahead(
        asking.config, asking.models, (asking.envs.root, asking.weights.cache)
    )
    obstacles |= {one.model: one.obstacle for one in sandboxes if one.obstacle}
    durations = _durations(asking, envs, past, obstacles)
    return Outlook(
        envs=envs,
        weights=weights,
        data=asking.data,
        disks=look_at_disks(asking, envs, weights, obstacles),
        gpus=gpus.now(),
        gpu_needs=gpu_needs,
        durations=durations,
        forecast=_forecast(asking, envs, weights, past, obstacles),
        obstacles=obstacles,
        asked=tuple(model.name for model in asking.models),
        general=_general(asking),
        sandboxes=sandboxes,
    )


def look_at_disks(
    asking: Asking,
    envs: Sequence[EnvNeed],
    weights: Sequence[WeightsNeed],
    obstacles: Mapping[str, Obstacle],
) -> tuple[DiskOutlook, ...]:
    """The disks that something comes to; models that cannot run bring nothing.

    Raises:
        StorageError: a folder cannot be looked at.
    """
    running = [model for model in asking.models if model.name not in obstacles]
    names, used = {model.name for model in running}, {model.env for model in running}
    building = [need for need in envs if need.env in used and not need.is_ready]
    demands: list[Demand] = []
    if building:
        cache = asking.disk(asking.envs.uv.cache_folder())
        demands += env_demands(building, cache, asking.disk(asking.envs.root))
    wanted = [need for need in weights if need.model in names and need.download.size_bytes != 0]
    if wanted:
        demands.append(weights_demand(wanted, asking.disk(asking.weights.cache)))
    if asking.data:
        sizes = [need.size for need in asking.data]
        demands.append(data_demand(sizes, asking.disk(asking.options.datasets)))
    if asking.left:
        requests = [request for model in running for request in asking.left[model.name]]
        pages = {page.sha256 for request in requests for page in request.pages}
        demands.append(run_demand(len(pages), len(requests), asking.disk(asking.folder)))
    return judge_disks(demands)


def obstacles_of(
    asking: Asking, envs: Sequence[EnvNeed], weights: Sequence[WeightsNeed]
) -> dict[str, Obstacle]:
    """By model, why it certainly cannot be evaluated here."""
    secrets = read_secrets(name for model in asking.models for name in model.secrets)
    offer = Offer(asking.gpus.usable, asking.gpus.driver, secrets, asking.options.offline)
    missing = unavailable_models(asking.models, asking.config.envspecs, offer)
    by_env = {need.env: need.obstacle for need in envs if need.obstacle}
    return (
        {need.model: need.obstacle for need in weights if need.obstacle}
        | {model.name: by_env[model.env] for model in asking.models if model.env in by_env}
        | {name: Obstacle(found.problem, found.install) for name, found in missing.items()}
    )


def _durations(
    asking: Asking,
    envs: Sequence[EnvNeed],
    past: Mapping[str, Past],
    obstacles: Mapping[str, Obstacle],
) -> tuple[Duration, ...]:
    building = {need.env for need in envs if not need.is_ready}
    return tuple(
        duration_of(
            model.name,
            len(asking.left[model.name]),
            past.get(model.name),
            builds=model.env in building,
        )
        for model in asking.models
        if asking.left is not None and model.name not in obstacles
    )


def _forecast(
    asking: Asking,
    envs: Sequence[EnvNeed],
    weights: Sequence[WeightsNeed],
    past: Mapping[str, Past],
    obstacles: Mapping[str, Obstacle],
) -> Forecast | None:
    if asking.left is None:
        return None
    left = {name: asked for name, asked in asking.left.items() if name not in obstacles}
    known = Known(envs, weights, past, asking.here)
    return forecast_of(asking.config, left, asking.gpus.usable, known)


def _past(asking: Asking) -> dict[str, Past]:
    machine = Machine(tuple(gpu.name for gpu in asking.gpus.usable), cpu_name())
    return past_of(asking.options.runs, asking.models, machine)


def _general(asking: Asking) -> tuple[Obstacle, ...]:
    if not (asking.options.offline and asking.data):
        return ()
    tasks = ", ".join(need.task for need in asking.data)
    fix = "once with a network: vlmhb validate RUN --fetch"
    return (Obstacle(f"the data of {tasks} is not here, and no network is to be tried", fix),)
