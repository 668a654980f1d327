"""How tightly a worker is held: what was asked for, and what is in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field

HIGHEST = 2
"""0 hygiene; 1 a user of its own; 2 files, network and system calls limited by the kernel."""


@dataclass(frozen=True, slots=True)
class SandboxChoice:
    """What the user wants of it."""

    most: int = HIGHEST
    """No higher level is tried."""
    required: int = 0
    """Without this level a worker does not start."""


AUTO = SandboxChoice()
"""The highest level that works."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What is in force around one worker."""

    level: int
    user: str = "the host's"
    """Whose rights it has."""
    network: str = "open"
    """`none`, `loopback` or `open`."""
    landlock: int = 0
    """The version of the kernel's Landlock that is in use; 0 for none."""
    probes: Mapping[str, str] = field(default_factory=dict)
    """What a process behind the same walls tried -> `denied` or `allowed`; empty at level 0."""
    lowered: tuple[str, ...] = ()
    """Why it is no higher level: each that was tried, and what was wrong with it."""
