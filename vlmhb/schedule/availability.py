"""Which models cannot run here, and what would change that."""

from collections.abc import Iterable
from pathlib import Path

from vlmhb.domain.model import ModelSpec


def missing_files(models: Iterable[ModelSpec]) -> dict[str, str]:
    """Model name -> which of its files is missing and the command that installs it."""
    unavailable: dict[str, str] = {}
    for model in models:
        missing = [need for need in model.files if not Path(need.path).is_file()]
        if missing:
            files = ", ".join(need.path for need in missing)
            commands = "; ".join(dict.fromkeys(need.install for need in missing))
            unavailable[model.name] = f"{files} not found. Next: {commands}"
    return unavailable
