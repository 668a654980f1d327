"""The difference of two envs as lines for a terminal, and for programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from vlmhb.domain.digest import Json
from vlmhb.env import Change, Difference

SCREEN_LINES = 40
_DIGITS = 12
_UNKNOWN = "?"


def as_text(before: str, after: str, found: Difference, *, everything: bool) -> Iterator[str]:
    """A screenful: what is known of both, then the packages; all of them if `everything`."""
    head = [f"A  {before}", f"B  {after}", *_fact_lines(found.facts), _counts(found)]
    yield from head
    room = SCREEN_LINES - len(head)
    changes = found.changes
    if not everything and len(changes) > room:
        changes = changes[: room - 1]
    yield from _change_lines(changes)
    if left := len(found.changes) - len(changes):
        yield f"and {left} more: --all"


def as_json(found: Difference) -> dict[str, Json]:
    """Without paths; what nobody knows is null."""
    return {
        "facts": [
            {"about": about, "a": one or None, "b": other or None}
            for about, one, other in found.facts
        ],
        "packages": [
            {
                "name": change.name,
                "a": change.before or None,
                "b": change.after or None,
                "released": change.released or None,
            }
            for change in found.changes
        ],
        "same": found.same,
    }


def _fact_lines(facts: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    width = max((len(about) for about, _, _ in facts), default=0)
    for about, one, other in facts:
        a, b = _shown(about, one), _shown(about, other)
        differs = one and other and one != other
        value = a if one == other else f"{a} -> {b}"
        yield f"{'~' if differs else ' '} {about:<{width}}  {value}"


def _shown(about: str, value: str) -> str:
    if about in {"fingerprint", "lock sha256"}:
        return value[:_DIGITS] or _UNKNOWN
    return value or _UNKNOWN


def _counts(found: Difference) -> str:
    kinds: Mapping[str, int] = Counter(_mark(change) for change in found.changes)
    said = (
        f"packages: ~ {kinds['~']} changed, - {kinds['-']} only in A, + {kinds['+']} only in B, "
        f"{found.same} the same"
    )
    return f"{said}; newest release first" if found.changes else said


def _mark(change: Change) -> str:
    if change.before and change.after:
        return "~"
    return "-" if change.before else "+"


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    width = max((len(change.name) for change in changes), default=0)
    for change in changes:
        versions = " -> ".join(filter(None, (change.before, change.after)))
        day = change.released or "day unknown"
        yield f"{_mark(change)} {day:<11}  {change.name:<{width}}  {versions}"
