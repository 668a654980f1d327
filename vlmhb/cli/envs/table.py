"""The built envs, as a table."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from vlmhb.cli.columns import aligned
from vlmhb.domain.digest import Json
from vlmhb.domain.sizes import megabytes, number_of_megabytes
from vlmhb.env import StoredEnv, Tally, Usage, in_use, inventory

HEADINGS = (
    "name",
    "fingerprint",
    "python",
    "packages",
    "MB",
    "own MB",
    "locked",
    "last used (UTC)",
    "in use",
)
NUMBERS = {3, 4, 5}
"""Columns that are aligned at the right."""

_USES = {True: "yes", False: "no", None: "unknown"}


@dataclass(frozen=True, slots=True)
class EnvRow:
    """One env of the store."""

    env: StoredEnv
    unique_bytes: int
    """What removing this env alone frees."""
    in_use: bool | None
    """None where that cannot be known."""

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        facts = self.env.facts
        return {
            "name": self.env.name,
            "fingerprint": self.env.fingerprint,
            "readable": facts is not None,
            "variant": facts.variant if facts else None,
            "python": facts.interpreter.version if facts else None,
            "packages": len(facts.packages) if facts else None,
            "size_bytes": facts.size_bytes if facts else None,
            "unique_bytes": self.unique_bytes,
            "build_s": facts.build_s if facts else None,
            "locked": facts.locked if facts else None,
            "last_used": utc(self.env.last_used_s),
            "in_use": self.in_use,
        }

    def cells(self) -> tuple[str, ...]:
        """For people."""
        facts = self.env.facts
        locked = ("locked" if facts.locked else "unlocked") if facts else "?"
        return (
            self.env.name,
            self.env.fingerprint[:12],
            facts.interpreter.version if facts else "?",
            str(len(facts.packages)) if facts else "?",
            number_of_megabytes(facts.size_bytes) if facts else "?",
            number_of_megabytes(self.unique_bytes),
            locked,
            utc(self.env.last_used_s),
            _USES[self.in_use],
        )


@dataclass(frozen=True, slots=True)
class EnvTable:
    """Everything in a store."""

    root: Path
    rows: tuple[EnvRow, ...]
    total: Usage

    @classmethod
    def of(cls, root: Path) -> "EnvTable":
        """The table of the store below `root`, which may not be there yet."""
        envs = inventory(root)
        tally = Tally(env.folder for env in envs)
        rows = (EnvRow(env, tally.freed_bytes(env.folder), in_use(env.folder)) for env in envs)
        return cls(root, tuple(rows), tally.usage())

    def as_json(self) -> dict[str, Json]:
        """For programs."""
        return {
            "folder": str(self.root),
            "unique_bytes": self.total.unique_bytes,
            "shared_bytes": self.total.shared_bytes,
            "envs": [row.as_json() for row in self.rows],
        }

    def as_text(self) -> str:
        """For people."""
        if not self.rows:
            return f"no env is built in {self.root}"
        total = (
            f"{len(self.rows)} in {self.root}: {megabytes(self.total.unique_bytes)} of their own, "
            f"{megabytes(self.total.shared_bytes)} shared with uv's cache"
        )
        return "\n".join(
            [*aligned([HEADINGS, *(row.cells() for row in self.rows)], NUMBERS), total]
        )


def utc(seconds: float) -> str:
    """A time since the epoch as people write it, to the second."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def use_in_words(env: StoredEnv) -> str:
    """Whether somebody uses the env now."""
    return _USES[in_use(env.folder)]
