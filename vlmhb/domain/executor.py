"""Where a run's workers are."""

from enum import Enum


class ExecutorKind(Enum):
    """What `--executor` says."""

    LOCAL = "local"
    """On this machine."""
    RAY = "ray"
    """On the nodes of a Ray cluster."""
