"""Which models cannot run here, and what would change that."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.model import ModelSpec


@dataclass(frozen=True, slots=True)
class Missing:
    """Files of the system that a model needs and this machine lacks."""

    problem: str
    """Which ones."""
    install: str
    """The command that brings them."""


def missing_files(models: Iterable[ModelSpec]) -> dict[str, Missing]:
    """By name, the models that cannot run because a file of theirs is not there."""
    found: dict[str, Missing] = {}
    for model in models:
        needs = [need for need in model.files if not Path(need.path).is_file()]
        if needs:
            problem = ", ".join(need.path for need in needs) + " not found"
            found[model.name] = Missing(problem, "; ".join(dict.fromkeys(n.install for n in needs)))
    return found
