"""Where requests are asked: on this machine, or on the nodes of a Ray cluster."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vlmhb.domain.executor import ExecutorKind
from vlmhb.domain.run import Request
from vlmhb.errors import UnusableError
from vlmhb.pipeline.began import began_with
from vlmhb.pipeline.gpus import chosen_gpus
from vlmhb.pipeline.node import look_around, supplies_for
from vlmhb.pipeline.options import RunOptions
from vlmhb.pipeline.outlook import Asking, refuse_full_disks, refuse_loose_sandbox
from vlmhb.pipeline.preparation import Prepared
from vlmhb.schedule import Progress, Standing, Usable, execute
from vlmhb.store import OpenRun
from vlmhb.system.process import inherited_environment
from vlmhb.system.signals import StopSignals

if TYPE_CHECKING:
    from vlmhb.schedule.ray_cluster import RayCluster


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a run, before its first request."""

    ready: Prepared
    opened: OpenRun
    options: RunOptions
    left: Mapping[str, tuple[Request, ...]]
    """By model, what is to be asked."""
    stop: StopSignals


@dataclass(frozen=True, slots=True)
class Executor:
    """Asks requests, and yields what happens."""

    gpus: Usable
    """Those that models may use."""
    steps: Callable[[Mapping[str, Standing]], Generator[Progress]]
    """Called once, with what earlier starts tell of the models."""


def executor_of(start: Start) -> AbstractContextManager[Executor]:
    """The one that is asked for.

    Raises:
        UnusableError: it cannot run what is left.
    """
    if start.options.executor is ExecutorKind.RAY:
        return on_ray(start)
    return on_this_machine(start)


@contextmanager
def on_this_machine(start: Start) -> Iterator[Executor]:
    """Workers on the GPUs and cores of this machine."""
    ready, options, left = start.ready, start.options, start.left
    began = began_with(ready.asked.models, start.opened.manifest)
    gpus = chosen_gpus(options.find_gpus(), ready.config.gpus)
    asking = Asking(ready.asked, left, ready.folder, options, began, gpus=gpus, is_run=True)
    refuse_full_disks(asking)
    models = tuple(model for model in ready.asked.models if model.name in left)
    refuse_loose_sandbox(ready.asked, models, (options.envs,))
    supplies = replace(
        supplies_for(ready.asked.models, options.envs, began, gpus, offline=options.offline),
        here=asking.here,
    )
    yield Executor(
        gpus,
        lambda standings: execute(ready.asked, left, supplies, ready.folder, start.stop, standings),
    )


@contextmanager
def on_ray(start: Start) -> Iterator[Executor]:
    """Workers on the nodes of a cluster.

    What nodes keep of the run is removed once all of it is in the run folder.
    """
    from vlmhb.schedule.cluster.execution import execute_on  # noqa: PLC0415 - few runs need it
    from vlmhb.schedule.cluster.forgetting import forget_on  # noqa: PLC0415
    from vlmhb.schedule.cluster.muster import muster  # noqa: PLC0415
    from vlmhb.schedule.cluster.order import order_of  # noqa: PLC0415

    ready, manifest = start.ready, start.opened.manifest
    with _ray_cluster() as cluster:
        order = order_of(
            ready.asked,
            manifest.id,
            len(manifest.segments),
            look_around,
            offline=start.options.offline,
            began=began_with(ready.asked.models, manifest),
        )
        found = muster(cluster, order)
        yield Executor(
            found.roster,
            lambda standings: execute_on(found, start.left, ready.folder, start.stop, standings),
        )
        if start.stop.received is None:
            forget_on(found)


def _ray_cluster() -> "RayCluster":
    try:
        from vlmhb.schedule.ray_cluster import RayCluster  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UnusableError(
            "cannot run on a Ray cluster",
            f"{error.name} is not installed",
            next_step="pip install 'vlmhb[ray]', here and on every node",
        ) from error
    return RayCluster(inherited_environment(["RAY_ADDRESS"]).get("RAY_ADDRESS", "auto"))
