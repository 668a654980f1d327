"""What a venv must hold (EnvSpec), and one that does (Env)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EnvSpec:
    """The contents of `envspecs/<name>/envspec.yaml`, checked."""

    name: str
    folder: str
    """Absolute path of the folder that holds the spec, its lock and its overlay."""
    python: str
    """A version specifier such as `>=3.10,<3.13`."""
    requirements: tuple[str, ...]
    imports: tuple[str, ...]
    """Modules a fresh env must import: the smoke test."""
    overrides: tuple[str, ...] = ()
    """uv overrides, e.g. a headless build in place of one that needs a display library."""
    torch: str = ""
    """Torch variant, e.g. `cpu`; empty when the env holds no torch."""
    overlay: str = ""
    """Folder below `folder` whose files are placed into site-packages; empty for none."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """For the worker's environment."""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Env:
    """A built, verified venv."""

    name: str
    fingerprint: str
    """64 hex digits over everything that decides the venv's contents."""
    python: str
    """Absolute path of its interpreter."""
    python_version: str
    lock_sha256: str
    packages: tuple[tuple[str, str], ...]
    """(name, version), sorted by name."""
    build_s: float
    """What building it took, once."""
    size_bytes: int
    """Apparent size; hardlinked files count in full."""
    variables: Mapping[str, str]
    """For the worker's environment."""
