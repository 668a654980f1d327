"""A run file that is sound, and what there is to say of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vlmhb.cli.absent_data import Absent, as_lines, entries
from vlmhb.domain.digest import Json
from vlmhb.domain.run import LoadedTask, RunConfig
from vlmhb.domain.sample import UnreadablePage


@dataclass(frozen=True, slots=True)
class Validated:
    """What `validate` says."""

    source: str
    config: RunConfig
    tasks: Sequence[LoadedTask]
    """Those whose data is here."""
    absent: Absent
    notes: Sequence[str]

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "run": self.source,
            "models": [model.name for model in self.config.models],
            "tasks": [_facts(loaded) for loaded in self.tasks],
            "to_fetch": entries(self.absent),
            "notes": list(self.notes),
        }

    def as_lines(self) -> Iterator[str]:
        """For people."""
        for loaded in self.tasks:
            yield f"{loaded.task.name}: {len(loaded.samples)} samples, {_n_pages(loaded)} pages"
            for page in _unreadable(loaded):
                yield f"  warning: {page.path}: {page.problem}; its samples will fail"
        for note in self.notes:
            yield f"note: {note}"
        yield from as_lines(self.absent)
        models = _counted(len(self.config.models), "model")
        tasks = _counted(len(self.config.tasks), "task")
        yield f"{self.source}: ok, {models} x {tasks}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _facts(loaded: LoadedTask) -> dict[str, Json]:
    return {
        "task": loaded.task.name,
        "samples": len(loaded.samples),
        "pages": _n_pages(loaded),
        "unreadable": [
            {"page": page.path, "problem": page.problem} for page in _unreadable(loaded)
        ],
    }


def _n_pages(loaded: LoadedTask) -> int:
    return len({page for sample in loaded.samples for page in sample.pages})


def _unreadable(loaded: LoadedTask) -> list[UnreadablePage]:
    pages = {page for sample in loaded.samples for page in sample.pages}
    found = (page for page in pages if isinstance(page, UnreadablePage))
    return sorted(found, key=lambda page: page.path)
