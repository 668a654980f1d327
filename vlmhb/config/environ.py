"""The settings that come from environment variables. Nothing else in vlmhb.config reads them."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vlmhb.errors import UsageError


@dataclass(frozen=True, slots=True)
class Environ:
    """Where things are kept on this machine, and how the user likes the output."""

    envs: Path
    """Built venvs: VLMHB_ENVS, else vlmhb/envs below the cache folder."""
    datasets: Path
    """Fetched datasets, pages of PDFs: VLMHB_DATASETS, else vlmhb/datasets below the cache."""
    nodes: Path
    """What a node of a cluster keeps of runs: VLMHB_NODES, else vlmhb/nodes below the cache."""
    runs: Path
    """Run folders: VLMHB_RUNS, else ./runs."""
    no_color: bool
    """NO_COLOR is set to anything but nothing."""


def read_environ(variables: Mapping[str, str] | None = None) -> Environ:
    """The settings in `variables`, by default those of this process.

    Raises:
        UsageError: they do not say, and this user has no home or the current folder is gone.
    """
    if variables is None:
        variables = os.environ  # noqa: TID251 - this is the one place
    try:
        return _settings(variables)
    except (OSError, RuntimeError) as error:
        raise UsageError(
            "cannot tell where envs and runs are kept",
            str(error),
            next_step="change to a folder that exists and set HOME, or VLMHB_ENVS and VLMHB_RUNS",
        ) from error


def read_secrets(
    names: Iterable[str], variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The values of the variables called `names`, those that are set to anything but nothing.

    They go to the workers of the models that name them, in a message: never into a file, a log, an
    argument or another process's environment.
    """
    if variables is None:
        variables = os.environ  # noqa: TID251 - this is the one place
    return {name: variables[name] for name in names if variables.get(name)}


def _settings(variables: Mapping[str, str]) -> Environ:
    return Environ(
        envs=Path(variables.get("VLMHB_ENVS") or _cache(variables) / "vlmhb" / "envs").absolute(),
        datasets=Path(
            variables.get("VLMHB_DATASETS") or _cache(variables) / "vlmhb" / "datasets"
        ).absolute(),
        nodes=Path(
            variables.get("VLMHB_NODES") or _cache(variables) / "vlmhb" / "nodes"
        ).absolute(),
        runs=Path(variables.get("VLMHB_RUNS") or "runs").absolute(),
        no_color=bool(variables.get("NO_COLOR")),
    )


def _cache(variables: Mapping[str, str]) -> Path:
    # The XDG specification asks to ignore relative paths.
    named = Path(variables.get("XDG_CACHE_HOME") or "")
    if named.is_absolute():
        return named
    home = variables.get("HOME")
    return (Path(home) if home else Path.home()) / ".cache"
