"""The inventory: every env in a store, usable or not, and what is known of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vlmhb.env.holds import last_used_s
from vlmhb.env.published import NAME_DIGITS, Facts, PublishedEnv

_FOLDER = re.compile(rf"[0-9a-f]{{{NAME_DIGITS}}}")
UNREADABLE = "(unreadable)"


@dataclass(frozen=True, slots=True)
class StoredEnv:
    """An env as it lies in the store."""

    published: PublishedEnv
    facts: Facts | None
    """None: damaged or of another version of vlmhb; no run uses it as it is."""
    last_used_s: float
    """When a run or a build last asked for it, in seconds since the epoch."""

    @property
    def folder(self) -> Path:
        """Everything it consists of."""
        return self.published.folder

    @property
    def name(self) -> str:
        """Of the envspec it was built for."""
        return self.facts.name if self.facts else UNREADABLE

    @property
    def fingerprint(self) -> str:
        """64 hex digits, or the first 24 when no more are known."""
        return self.facts.fingerprint if self.facts else self.folder.name

    @property
    def label(self) -> str:
        """What tells it from all others."""
        return f"{self.name} {self.fingerprint[:12]}"


def inventory(root: Path) -> tuple[StoredEnv, ...]:
    """Every env below `root`, by name; not verified."""
    return tuple(sorted(_envs(root), key=lambda env: (env.name, env.fingerprint)))


def _envs(root: Path) -> Iterator[StoredEnv]:
    for folder in root.glob("*"):
        if not (_FOLDER.fullmatch(folder.name) and folder.is_dir()):
            continue
        published = PublishedEnv(folder)
        try:
            yield StoredEnv(published, published.facts(), last_used_s(folder))
        except FileNotFoundError:
            continue  # removed in this very moment
