"""The envspecs that a command names."""

from collections.abc import Iterable
from pathlib import Path

from vlmhb.config import Kind, Library, load_variants
from vlmhb.domain.envspec import EnvSpec


def locked_specs(references: Iterable[str], variant: str | None) -> list[EnvSpec]:
    """Every variant of the envspecs that have a lock: of those named, or of all that are known.

    Where no name is given, envspecs without the `variant` are left out.

    Raises:
        ConfigError: there is none of a name, its file is wrong, or it lacks the variant.
    """
    named = list(references)
    if named:
        wanted = [f"{name}@{variant}" if variant else name for name in named]
        return _locked(spec for name in wanted for spec in load_variants(name))
    names = Library.standard(Path.cwd()).names(Kind.ENVSPEC)
    specs = _locked(spec for name in names for spec in load_variants(name))
    return [spec for spec in specs if not variant or spec.variant == variant]


def _locked(specs: Iterable[EnvSpec]) -> list[EnvSpec]:
    return [spec for spec in specs if not spec.interpreter]


def known_spec(reference: str) -> EnvSpec | None:
    """What NAME or NAME@VARIANT means here; None when there is no such envspec or variant.

    Raises:
        ConfigError: its file is wrong.
    """
    name = reference.partition("@")[0]
    if name not in Library.standard(Path.cwd()).names(Kind.ENVSPEC):
        return None
    return next((spec for spec in load_variants(name) if spec.name == reference), None)
