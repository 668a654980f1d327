"""A check: one line of what `vlmhb doctor` answers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from vlmhb.errors import VlmhbError


class Status(str, Enum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    """A run works, but slower, weaker or not for every model."""
    FAIL = "fail"
    """A run needs it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the answer."""

    name: str
    status: Status
    found: str
    fix: str = ""


def isolated(
    name: str, look: Callable[[], Iterable[Check]], *, fix: str, status: Status = Status.FAIL
) -> Iterator[Check]:
    """The checks that `look` makes; an error becomes one of them, called `name`."""
    try:
        yield from look()
    except VlmhbError as error:
        found = f"{error.doing}: {error.got}".rstrip()
        yield Check(name, status, found, error.next_step or fix)
    except OSError as error:
        found = f"{error.filename}: {why(error)}" if error.filename else why(error)
        yield Check(name, status, found, fix)


def why(error: OSError) -> str:
    """What the operating system says."""
    return error.strerror or str(error) or type(error).__name__
