"""What parts of a merge say about one thing, and who of them says what."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from vlmhb.domain.digest import Json

T = TypeVar("T")

_MOST_CHARS = 60


def disagreement(
    what: str, said: Iterable[tuple[str, T]], words: Callable[[T], str] = str
) -> tuple[str, ...]:
    """A line that tells who says what; none where all say the same."""
    told = list(said)
    if not told or all(value == told[0][1] for _, value in told):
        return ()
    sides = (f"{_short(words(value))} in {name}" for name, value in told)
    return (f"{what}: {'; '.join(sides)}",)


def differing_keys(what: str, said: Sequence[tuple[str, Mapping[str, Json]]]) -> Iterator[str]:
    """A line for each key under which not all have the same."""
    for key in sorted({key for _, told in said for key in told}):
        values = [(name, told.get(key, "none")) for name, told in said]
        yield from disagreement(f"{what}{key}", values, _words)


def _words(value: Json) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_words, value))}]"
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 3]}..."
