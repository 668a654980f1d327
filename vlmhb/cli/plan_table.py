"""What a run would do, as a table."""

from dataclasses import dataclass
from pathlib import Path

from vlmhb.cli.forecast_lines import forecast_lines
from vlmhb.cli.outlook_json import outlook_json
from vlmhb.cli.outlook_lines import outlook_lines, verdict
from vlmhb.cli.picked import Picked, unsaid_notes
from vlmhb.cli.prompt_rules import rule_lines, rules_json
from vlmhb.cli.shards import empty_notes
from vlmhb.domain.digest import Json
from vlmhb.domain.model import IMPORTED, ModelSpec
from vlmhb.domain.run import RunConfig
from vlmhb.domain.shard import Shard
from vlmhb.env import EnvStore
from vlmhb.pipeline import Prepared
from vlmhb.pipeline.outlook import Outlook
from vlmhb.plan import RuleUse, rule_uses, unused_rules
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
    outlook: Outlook
    prompts: tuple[RuleUse, ...] = ()
    notes: tuple[str, ...] = ()
    """What may be meant otherwise."""
    answered: int | None = None
    """Requests that the run in the folder has an outcome of; None when it is a new run."""
    shard: Shard | None = None
    """Which part of the samples the run asks about; None for all of them."""

    @classmethod
    def of(cls, ready: Prepared, store: EnvStore, outlook: Outlook) -> "PlanTable":
        """The table of a prepared run."""
        run_dir = RunDir(ready.folder)
        outcomes = read_journal(run_dir.journal).outcomes
        left = ready.left(outcomes)
        rows = tuple(
            PlanRow(
                model=model.name,
                env=_env(model, ready.config, store, outlook),
                requests=len(ready.plan.requests[model.name]),
                left=len(left.get(model.name, ())),
                unavailable=_unavailable(model, outlook),
            )
            for model in ready.config.models
        )
        tasks = tuple(Picked.of(loaded) for loaded in ready.tasks)
        models, about_files, shard = ready.config.models, ready.config.notes, ready.config.shard
        notes = (*about_files, *empty_notes(ready.tasks, shard))
        if shard is None:  # what is for none of its samples may be for those of the others
            notes = (*notes, *unused_rules(models, ready.tasks), *unsaid_notes(ready.tasks))
        rules = rule_uses(models, ready.tasks)
        asked = {request.id for requests in ready.plan.requests.values() for request in requests}
        answered = len(asked & outcomes.keys()) if run_dir.manifest.is_file() else None
        return cls(ready.folder, rows, tasks, outlook, rules, notes, answered, shard)

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "folder": str(self.folder),
            "shard": str(self.shard) if self.shard else None,
            "continues": self.answered is not None,
            "answered": self.answered or 0,
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
            **outlook_json(self.outlook),
        }

    def as_text(self) -> str:
        """For people."""
        cells = [HEADINGS] + [
            (row.model, row.env, str(row.requests), str(row.left), row.unavailable)
            for row in self.rows
        ]
        widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS) - 1)]
        lines = [
            "  ".join(
                [*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]
            ).rstrip()
            for row in cells
        ]
        tasks = [line for picked in self.tasks for line in picked.as_lines()]
        notes = [f"note: {note}" for note in self.notes]
        prompts = ["prompts:", *rule_lines(self.prompts)] if self.prompts else []
        ahead = [*outlook_lines(self.outlook), *forecast_lines(self.outlook.forecast)]
        shard = [f"shard: {self.shard}"] if self.shard else []
        parts = [self._folder, *shard, "tasks:", *tasks, *prompts, *notes, "", *lines, "", *ahead]
        return "\n".join([*parts, verdict(self.outlook)])

    @property
    def _folder(self) -> str:
        if self.answered is None:
            return f"folder: {self.folder}"
        total = sum(row.requests for row in self.rows)
        return f"folder: {self.folder}, which is gone on with: {self.answered} of {total} answered"


def _unavailable(model: ModelSpec, outlook: Outlook) -> str:
    found = outlook.obstacles.get(model.name)
    return f"{found.problem}. Next: {found.fix}" if found else ""


def _env(model: ModelSpec, config: RunConfig, store: EnvStore, outlook: Outlook) -> str:
    if model.backend == IMPORTED:
        return "answers given"
    known = {need.env: need.is_ready for need in outlook.envs}
    found = known.get(model.env)
    if found is None:  # nothing is left to ask of its models
        found = store.find(config.envspecs[model.env]) is not None
    return f"{model.env} ({'built' if found else 'to build'})"
