"""Envspecs for tests, with everything that does not matter filled in."""

from vlmhb.domain.envspec import EnvSpec


def envspec(**changes: str) -> EnvSpec:
    values = {"name": "toy", "folder": "/nowhere", "python": ">=3.10"}
    return EnvSpec(imports=(), **(values | changes))  # type: ignore[arg-type]
