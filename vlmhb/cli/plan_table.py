"""What a run would do, as a table."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.cli.picked import Picked, unsaid_notes
from vlmhb.cli.prompt_rules import rule_lines, rules_json
from vlmhb.domain.digest import Json
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.run import RunConfig
from vlmhb.env import EnvStore
from vlmhb.pipeline import Prepared
from vlmhb.plan import RuleUse, rule_uses, unused_rules
from vlmhb.schedule.supply.availability import Offer, unavailable_models
from vlmhb.store import RunDir, read_journal

HEADINGS = ("model", "env", "requests", "left", "note")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One model of the plan."""

    model: str
    env: str
    """`built` or `to build`, with the envspec's name; or `answers given`."""
    requests: int
    left: int
    unavailable: str
    """Why it cannot run here; empty when it can."""


@dataclass(frozen=True, slots=True)
class PlanTable:
    """A plan and what this machine has of it already."""

    folder: Path
    rows: tuple[PlanRow, ...]
    tasks: tuple[Picked, ...]
    prompts: tuple[RuleUse, ...] = ()
    notes: tuple[str, ...] = ()
    """What may be meant otherwise."""

    @classmethod
    def of(cls, ready: Prepared, store: EnvStore, offer: Offer) -> "PlanTable":
        """The table of a prepared run on a machine that has `offer`."""
        answered = read_journal(RunDir(ready.folder).journal).outcomes
        left = ready.left(answered)
        missing = {
            name: f"{found.problem}. Next: {found.install}"
            for name, found in unavailable_models(
                ready.asked.models, ready.config.envspecs, offer
            ).items()
        }
        rows = tuple(
            PlanRow(
                model=model.name,
                env=_env(model, ready.config, store),
                requests=len(ready.plan.requests[model.name]),
                left=len(left.get(model.name, ())),
                unavailable=missing.get(model.name, ""),
            )
            for model in ready.config.models
        )
        tasks = tuple(Picked.of(loaded) for loaded in ready.tasks)
        models, about_files = ready.config.models, ready.config.notes
        notes = (*about_files, *unused_rules(models, ready.tasks), *unsaid_notes(ready.tasks))
        return cls(ready.folder, rows, tasks, rule_uses(models, ready.tasks), notes)

    @property
    def can_start(self) -> bool:
        """Whether any model can run here."""
        return any(not row.unavailable for row in self.rows)

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "folder": str(self.folder),
            "tasks": [picked.as_json() for picked in self.tasks],
            "prompts": rules_json(self.prompts),
            "notes": list(self.notes),
            "models": [
                {
                    "model": row.model,
                    "env": row.env,
                    "requests": row.requests,
                    "left": row.left,
                    "unavailable": row.unavailable or None,
                }
                for row in self.rows
            ],
        }

    def as_text(self) -> str:
        """For people."""
        cells = [HEADINGS] + [
            (row.model, row.env, str(row.requests), str(row.left), row.unavailable)
            for row in self.rows
        ]
        widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS) - 1)]
        lines = [
            "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
            for row in cells
        ]
        tasks = [line for picked in self.tasks for line in picked.as_lines()]
        notes = [f"note: {note}" for note in self.notes]
        prompts = ["prompts:", *rule_lines(self.prompts)] if self.prompts else []
        return "\n".join([f"folder: {self.folder}", "tasks:", *tasks, *prompts, *notes, "", *lines])


def _env(model: ModelSpec, config: RunConfig, store: EnvStore) -> str:
    if model.backend == IMPORTED:
        return "answers given"
    found = store.find(config.envspecs[model.env])
    return f"{model.env} ({'built' if found else 'to build'})"
