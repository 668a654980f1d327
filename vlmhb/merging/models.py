"""The models of several runs: one of a name is the same everywhere, or nothing is merged."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from vlmhb.domain.digest import Json, sha256_of
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.merging.part import Part
from vlmhb.merging.sides import differing_keys, disagreement

_UNIMPORTANT = ("imported_at", "answered_at")
"""When answers were brought, in the params of a model that was imported."""

Holder = tuple[Part, ModelSpec]


def united_models(parts: Sequence[Part], tasks: Sequence[str]) -> tuple[ModelSpec, ...]:
    """Each model once, evaluated on what any part evaluates it on; as its first part names it."""
    return tuple(
        replace(held[0][1], tasks=_asked(held, tasks)) for held in _holders(parts).values()
    )


def unavailable_models(parts: Sequence[Part]) -> dict[str, str]:
    """Why a model could not be evaluated in any part that has it."""
    found = {}
    for name, held in _holders(parts).items():
        reasons = [part.recorded.manifest.unavailable.get(name) for part, _ in held]
        if all(reasons):
            found[name] = str(reasons[0])
    return found


def differing_models(parts: Sequence[Part]) -> tuple[str, ...]:
    """A line for each thing in which a model of one name is another one."""
    return tuple(line for name, held in _holders(parts).items() for line in _differing(name, held))


def _holders(parts: Sequence[Part]) -> dict[str, list[Holder]]:
    """The parts that have a model, by its name."""
    found: dict[str, list[Holder]] = {}
    for part in parts:
        for model in part.recorded.manifest.models:
            found.setdefault(model.name, []).append((part, model))
    return found


def _asked(held: Iterable[Holder], tasks: Sequence[str]) -> tuple[str, ...]:
    """Of the merged run's tasks, those that it is evaluated on; empty for all."""
    asked = {
        loaded.task.name
        for part, model in held
        for loaded in part.recorded.tasks
        if model.is_asked(loaded.task.name)
    }
    return () if asked >= set(tasks) else tuple(task for task in tasks if task in asked)


def differing_specs(what: str, told: Sequence[tuple[str, ModelSpec]]) -> Iterator[str]:
    """A line for each thing in which (part, its model of this name) may answer otherwise.

    Weights and envs are not looked at.
    """
    name = f"{what} {told[0][1].name}" if told else what
    for field in ("backend", "answers", "trust_remote_code"):
        values = [(part, getattr(model, field)) for part, model in told]
        yield from disagreement(f"{name}: {field}", values, _words)
    params = [(part, _params(model)) for part, model in told]
    yield from differing_keys(f"{name}: params.", params)
    prompts = [(part, _prompts(model)) for part, model in told]
    yield from differing_keys(f"{name}: prompts.", prompts)


def _differing(name: str, held: Sequence[Holder]) -> Iterator[str]:
    yield from differing_specs("model", [(part.name, model) for part, model in held])
    if all(model.backend != IMPORTED for _, model in held):
        envs = [
            (part.name, part.recorded.manifest.fingerprint.get(f"models.{name}.env", "not told"))
            for part, _ in held
        ]
        yield from disagreement(f"model {name}: what its env holds", envs, lambda one: one[:12])
    yield from _differing_weights(name, held)


def _words(value: object) -> str:
    return str(getattr(value, "value", value))


def _params(model: ModelSpec) -> Mapping[str, Json]:
    """Those that may change an answer."""
    unimportant = _UNIMPORTANT if model.backend == IMPORTED else ()
    return {key: value for key, value in model.params.items() if key not in unimportant}


def _prompts(model: ModelSpec) -> dict[str, Json]:
    """Task -> what the model's own set is called, and 8 digits that change with it."""
    return {
        task: f"{prompts.id} ({sha256_of(asdict(prompts))[:8]})"
        for task, prompts in model.prompts.items()
    }


def _differing_weights(name: str, held: Sequence[Holder]) -> Iterator[str]:
    """By what was loaded, where that is known of all; else by what the model's file names."""
    loaded = [(part.name, part.recorded.manifest.weights_of(name)) for part, _ in held]
    known = [(part, _contents(weights)) for part, weights in loaded if weights is not None]
    if known:
        yield from disagreement(f"model {name}: loaded weights", known, _first)
    if len(known) < len(held):
        named = [(part.name, model.weights) for part, model in held]
        yield from disagreement(f"model {name}: weights", named)


def _contents(weights: LoadedWeights) -> tuple[str, ...]:
    """Digests of a repo and of those that it takes along; a folder's name does not count."""
    return (weights.sha256, *(digest for one in weights.also for digest in _contents(one)))


def _first(digests: tuple[str, ...]) -> str:
    return digests[0][:12]
