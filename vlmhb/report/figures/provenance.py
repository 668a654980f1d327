"""What a result depends on, as lines to print."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results


@dataclass(frozen=True, slots=True)
class EnvCard:
    """One env of `provenance["envs"]`."""

    name: str
    """Of its envspec."""
    fingerprint: str
    locked: bool
    """False when a lock does not name everything it holds, or nobody knows whether one does."""
    facts: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]
    inherited: tuple[tuple[str, str], ...]
    """What it uses of its base interpreter's packages."""

    def fact(self, name: str) -> str:
        """The fact called so; empty when the provenance does not tell."""
        return dict(self.facts).get(name, "")


@dataclass(frozen=True, slots=True)
class ModelEnv:
    """An env in which a model answered."""

    model: str
    env: EnvCard


def env_cards(results: Results) -> tuple[EnvCard, ...]:
    """Sorted by name; empty when the provenance holds no envs."""
    envs = results.provenance.get("envs")
    if not isinstance(envs, Mapping):
        return ()
    cards = [
        _card(fingerprint, env) for fingerprint, env in envs.items() if isinstance(env, Mapping)
    ]
    return tuple(sorted(cards, key=lambda card: (card.name, card.fingerprint)))


def model_envs(results: Results) -> tuple[ModelEnv, ...]:
    """The envs behind every model's answers, oldest first, in the order of the models."""
    cards = {card.fingerprint: card for card in env_cards(results)}
    models = results.provenance.get("models")
    if not isinstance(models, Mapping):
        return ()
    return tuple(
        ModelEnv(model.name, cards[fingerprint])
        for model in results.models
        for fingerprint in _fingerprints(models.get(model.name))
        if fingerprint in cards
    )


def _fingerprints(model: Json) -> Sequence[str]:
    envs = model.get("envs") if isinstance(model, Mapping) else None
    return [str(env) for env in envs] if isinstance(envs, list) else []


def _card(fingerprint: str, env: Mapping[str, Json]) -> EnvCard:
    apart = ("name", "packages", "inherited")
    told = {key: env[key] for key in env if key not in apart and env[key] not in ("", None)}
    return EnvCard(
        name=str(env.get("name", fingerprint)),
        fingerprint=fingerprint,
        locked=env.get("locked") is True,
        facts=(("fingerprint", fingerprint), *flattened(told)),
        packages=_packages(env.get("packages")),
        inherited=_packages(env.get("inherited")),
    )


def _packages(value: Json) -> tuple[tuple[str, str], ...]:
    if isinstance(value, Mapping):
        return tuple((name, str(version)) for name, version in sorted(value.items()))
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(
        (str(pair[0]), str(pair[1]))
        for pair in value
        if isinstance(pair, Sequence) and not isinstance(pair, str) and len(pair) == 2
    )


def other_sections(results: Results) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """(title, facts) for everything in the provenance besides the envs, sorted by title."""
    return tuple(
        (key, tuple(flattened(value)))
        for key, value in sorted(results.provenance.items())
        if key != "envs"
    )


def flattened(value: Json, prefix: str = "") -> Iterator[tuple[str, str]]:
    """(dotted path, text) for every leaf; lists of plain values become one line."""
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from flattened(value[key], f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) == 1 and isinstance(value[0], Mapping):
            yield from flattened(value[0], prefix)
        elif any(isinstance(item, (Mapping, list, tuple)) for item in value):
            for index, item in enumerate(value):
                yield from flattened(item, f"{prefix}.{index}" if prefix else str(index))
        else:
            yield prefix, ", ".join(_leaf(item) for item in value) or "none"
    else:
        yield prefix, _leaf(value)


def _leaf(value: Json) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
