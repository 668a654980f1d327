"""The envspecs that a command names."""

from collections.abc import Iterable
from pathlib import Path

from vlmhb.config import Kind, Library, load_variants, split_reference
from vlmhb.domain.envspec import EnvSpec
from vlmhb.errors import UsageError


def locked_specs(references: Iterable[str], variant: str | None) -> list[EnvSpec]:
    """Every variant of the envspecs that have a lock: of those named, or of all that are known.

    Where no name is given, envspecs without the `variant` are left out.

    Raises:
        ConfigError: there is none of a name, its file is wrong, or it lacks the variant.
        UsageError: one that is named has no lock, because it is the env of others.
    """
    named = [spec for written in references for spec in load_variants(_with(written, variant))]
    if lent := [spec.name for spec in named if spec.interpreter]:
        raise UsageError(
            f'cannot lock env "{lent[0]}"',
            "its envspec names an `interpreter`, whose packages are used as they are",
            next_step="leave it out; `vlmhb env show` lists what it holds",
        )
    if named:
        return named
    names = Library.standard(Path.cwd()).names(Kind.ENVSPEC)
    specs = (spec for name in names for spec in load_variants(name) if not spec.interpreter)
    return [spec for spec in specs if not variant or spec.variant == variant]


def _with(written: str, variant: str | None) -> str:
    name, own = split_reference(written)
    if variant and own not in {"", variant}:
        raise UsageError(
            "cannot choose a variant", f"{written} and --variant {variant}", expected="one of them"
        )
    return f"{name}@{variant}" if variant else written


def known_spec(reference: str) -> EnvSpec | None:
    """What NAME or NAME@VARIANT means here; None when there is no such envspec or variant.

    Raises:
        ConfigError: its file is wrong.
    """
    name, _ = split_reference(reference)
    if name not in Library.standard(Path.cwd()).names(Kind.ENVSPEC):
        return None
    return next((spec for spec in load_variants(name) if spec.name == reference), None)
