"""Which models cannot run here, and what would change that."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.schedule.gpus.placement import too_small
from vlmhb.system.gpus import Gpu


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a model needs and this machine lacks."""

    problem: str
    """What it is."""
    install: str
    """The command that brings it, or what else helps."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What this machine has for models."""

    gpus: Sequence[Gpu]
    driver: str
    secrets: Collection[str]
    """Names of variables that are set."""
    offline: bool = False


def unavailable_models(
    models: Sequence[ModelSpec], envspecs: Mapping[str, EnvSpec], offer: Offer
) -> dict[str, Missing]:
    """By name, the models that cannot run here, each with what it lacks first of all."""
    return (
        cut_off(models, envspecs, offline=offer.offline)
        | without_secret(models, offer.secrets)
        | without_room(models, envspecs, offer.gpus)
        | without_gpu(models, envspecs, offer.driver if offer.gpus else "")
        | missing_files(models)
    )


def missing_files(models: Iterable[ModelSpec]) -> dict[str, Missing]:
    """By name, the models that cannot run because a file of theirs is not there."""
    found: dict[str, Missing] = {}
    for model in models:
        needs = [need for need in model.files if not Path(need.path).is_file()]
        if needs:
            problem = ", ".join(need.path for need in needs) + " not found"
            found[model.name] = Missing(problem, "; ".join(dict.fromkeys(n.install for n in needs)))
    return found


def without_gpu(
    models: Iterable[ModelSpec], envspecs: Mapping[str, EnvSpec], driver: str
) -> dict[str, Missing]:
    """By name, the models whose env is for a GPU with a newer driver than `driver`.

    `driver` is empty where no GPU can be seen.
    """
    found: dict[str, Missing] = {}
    for model in models:
        spec = envspecs[model.env]
        if not spec.needs_gpu or (driver and spec.suits_driver(driver)):
            continue
        other = f"another variant of {Path(spec.folder).name}, if it has one: NAME@VARIANT"
        if driver:
            needs = f"NVIDIA driver {spec.min_driver}, this one is {driver}"
            found[model.name] = Missing(
                f"env {spec.name} needs {needs}", f"a pod with a newer driver, or {other}"
            )
        else:
            found[model.name] = Missing(
                f"env {spec.name} needs an NVIDIA GPU, none was found",
                f"a pod with one, or {other}",
            )
    return found


def cut_off(
    models: Iterable[ModelSpec], envspecs: Mapping[str, EnvSpec], *, offline: bool
) -> dict[str, Missing]:
    """By name, the models that work over a network, when none is to be tried."""
    names = [model.name for model in models if offline and envspecs[model.env].network]
    return dict.fromkeys(names, Missing("its env needs the network", "a run without --offline"))


def without_room(
    models: Iterable[ModelSpec], envspecs: Mapping[str, EnvSpec], gpus: Sequence[Gpu]
) -> dict[str, Missing]:
    """By name, the models that the GPUs of this machine can never hold."""
    found: dict[str, Missing] = {}
    for model in models:
        problem = too_small(gpus, model.min_gpu_memory_gib, model.gpus)
        if problem and envspecs[model.env].variant != "cpu":
            pod = "a pod with a larger GPU" if model.gpus == 1 else "a pod with more or larger GPUs"
            found[model.name] = Missing(problem, f"{pod}, or a smaller model")
    return found


def without_secret(models: Iterable[ModelSpec], set_here: Collection[str]) -> dict[str, Missing]:
    """By name, the models that need an environment variable which is not among `set_here`."""
    found: dict[str, Missing] = {}
    for model in models:
        missing = [name for name in model.secrets if name not in set_here]
        if missing:
            which = ", ".join(missing)
            found[model.name] = Missing(
                f"it needs {which} in the environment, which is not set", f"export {missing[0]}=..."
            )
    return found
