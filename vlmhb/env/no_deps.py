"""Packages that are installed as they are, whatever their own dependency lists say."""

import re
from dataclasses import dataclass

from typing_extensions import Self

_RELEASED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*) *== *([A-Za-z0-9.!+_-]+)")
_FROM_GIT = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*) *@ *(git\+[a-z+]+://[^\s@#]+(?:@[^\s@#/]+/[^\s@#]+)?)"
    r"@([0-9a-f]{40})(#subdirectory=[A-Za-z0-9._/-]+)?"
)


@dataclass(frozen=True, slots=True)
class NoDeps:
    """One entry of an envspec's `no_deps`."""

    name: str
    """Normalised: lower case, words joined by `-`."""
    version: str = ""
    """Of a release; empty for git."""
    url: str = ""
    """What git fetches from, with `git+` before it; empty for a release."""
    commit: str = ""
    """40 hex digits."""
    subdirectory: str = ""
    """`#subdirectory=...`, or empty."""

    @classmethod
    def parse(cls, written: str) -> Self | None:
        """The entry; None when it is neither a pinned release nor a commit."""
        text = written.strip()
        if match := _RELEASED.fullmatch(text):
            return cls(normalised(match.group(1)), version=match.group(2))
        if match := _FROM_GIT.fullmatch(text):
            name, url, commit, subdirectory = match.groups()
            return cls(normalised(name), "", url, commit, subdirectory or "")
        return None

    @property
    def requirement(self) -> str:
        """As uv reads it."""
        if self.url:
            return f"{self.name} @ {self.url}@{self.commit}{self.subdirectory}"
        return f"{self.name}=={self.version}"


def normalised(name: str) -> str:
    """A package's name as locks and indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()
