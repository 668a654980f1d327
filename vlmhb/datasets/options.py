"""The `options` of a dataset, which only its format understands."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from vlmhb.datasets.problems import Problems
from vlmhb.domain.digest import Json

DROP_IMAGELESS = "drop_imageless"
"""Samples without a page are left out, by whoever loads the task and counts what is left out."""


class Options:
    """Reads options by name; whatever is wrong with one becomes a problem.

    Example:
        options = Options(dataset.options, ("images", "language"), problems)
        folder = options.text("images", "")
    """

    def __init__(self, given: Mapping[str, Json], known: Sequence[str], problems: Problems) -> None:
        self._given = given
        self._problems = problems
        for name in sorted(set(given) - set(known)):
            near = get_close_matches(name, known, n=1)
            others = f"; known: {', '.join(known)}" if known else "; there are none"
            hint = f"; did you mean {near[0]!r}?" if near else others
            problems.add(f"options: unknown option {name!r}{hint}")

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        value = self._given.get(name, default)
        if not isinstance(value, str):
            self._wrong(name, value, "text")
            return default
        return value

    def one_of(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """One of a few words."""
        value = self.text(name, default)
        if name in self._given and value not in choices:
            near = get_close_matches(value, choices, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self._problems.add(
                f"options.{name}: {value!r}, expected one of {', '.join(choices)}{hint}"
            )
            return default
        return value

    def flag(self, name: str) -> bool:
        """True or false; false when it is not given."""
        value = self._given.get(name, False)
        if not isinstance(value, bool):
            self._wrong(name, value, "true or false")
            return False
        return value

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 1 to `most`."""
        value = self._given.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
            self._wrong(name, value, f"a whole number from 1 to {most:,}")
            return default
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or a single one."""
        value = self._given.get(name, ())
        items = (value,) if isinstance(value, str) else value
        if isinstance(items, Sequence) and all(isinstance(item, str) for item in items):
            return tuple(str(item) for item in items)
        self._wrong(name, value, "a list of texts")
        return ()

    def names(self, name: str, known: Sequence[str]) -> dict[str, str]:
        """A mapping whose keys are among `known` and whose values are texts."""
        value = self._given.get(name, {})
        if not isinstance(value, Mapping):
            self._wrong(name, value, "a mapping")
            return {}
        inner = Options(value, known, self._problems)
        return {key: inner.text(key) for key in value if key in known}

    def _wrong(self, name: str, value: Json, expected: str) -> None:
        self._problems.add(f"options.{name}: {value!r}, expected {expected}")
