"""The forecast of a run: played with what earlier runs took, and with what is to be fetched."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.needs import EnvNeed, WeightsNeed
from vlmhb.domain.past import Past
from vlmhb.domain.run import Request, RunConfig
from vlmhb.pipeline.outlook.gpus import takes_gpu
from vlmhb.plan.estimates import fetching_s
from vlmhb.schedule.at_once import AtOnce
from vlmhb.schedule.forecast import Expected, Forecast, forecast
from vlmhb.schedule.local import gpu_slots
from vlmhb.schedule.slots import Need, cpu_slots
from vlmhb.schedule.supply.supplies import in_turn
from vlmhb.system.gpus import Gpu


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the models, as far as it is."""

    envs: Sequence[EnvNeed]
    weights: Sequence[WeightsNeed]
    past: Mapping[str, Past]
    """By model."""
    here: Collection[str] = ()
    """Models that lack neither their env nor their weights."""


def forecast_of(
    config: RunConfig, left: Mapping[str, Sequence[Request]], gpus: Sequence[Gpu], known: Known
) -> Forecast:
    """Of asking what is `left`, by model, of those that can run, on these GPUs."""
    fetching = fetching_s([need for need in known.weights if need.model in left])
    ready = {need.env for need in known.envs if need.is_ready}
    expected = []
    for model in config.models:
        if not left.get(model.name):
            continue
        past = known.past.get(model.name)
        build_s = past.build_s if past else None
        expected.append(
            Expected(
                model.name,
                model.env,
                left[model.name],
                need=_need(model, config, gpus, past),
                build_s=0.0 if model.env in ready else build_s,
                fetch_s=fetching.get(model.name, 0.0),
                load_s=past.load_s if past else None,
                request_s=past.request_s if past else None,
                window=past.window if past else 1,
            )
        )
    slots = (*gpu_slots(gpus), *cpu_slots(config.max_workers or 1))
    at_once = AtOnce(config.max_workers, config.prefetch)
    turns = [one.name for one in in_turn(config.models, known.here) if left.get(one.name)]
    return forecast(expected, slots, at_once, turns)


def _need(model: ModelSpec, config: RunConfig, gpus: Sequence[Gpu], past: Past | None) -> Need:
    """As the run will find it once the env is built, as far as that can be told before."""
    spec = config.envspecs[model.env]
    is_on_gpu = takes_gpu(model, spec) or (past is not None and past.on_gpu)
    if not gpus or not is_on_gpu:
        return Need(is_shared=spec.network)
    return Need(model.gpus, model.min_gpu_memory_gib, is_shared=spec.network)
