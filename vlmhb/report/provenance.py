"""What a result depends on, as lines to print."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.domain.results import Results


@dataclass(frozen=True, slots=True)
class EnvCard:
    """One env of `provenance["envs"]`."""

    name: str
    facts: tuple[tuple[str, str], ...]
    packages: tuple[tuple[str, str], ...]


def env_cards(results: Results) -> tuple[EnvCard, ...]:
    """Sorted by name; empty when the provenance holds no envs."""
    envs = results.provenance.get("envs")
    if not isinstance(envs, Mapping):
        return ()
    return tuple(
        EnvCard(
            name=name,
            facts=tuple(flattened({key: env[key] for key in sorted(env) if key != "packages"})),
            packages=_packages(env.get("packages")),
        )
        for name, env in sorted(envs.items())
        if isinstance(env, Mapping)
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
            yield prefix, ", ".join(_leaf(item) for item in value)
    else:
        yield prefix, _leaf(value)


def _leaf(value: Json) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
