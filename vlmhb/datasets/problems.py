"""Everything wrong with a dataset, told at once."""

from vlmhb.errors import DatasetError

MAX_SHOWN = 50


class Problems:
    """Collects what is wrong, in the order it was found."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._found: list[str] = []

    def add(self, problem: str) -> None:
        """Note one more."""
        self._found.append(problem)

    def __len__(self) -> int:
        return len(self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_if_any(self, *, expected: str | None = None, next_step: str | None = None) -> None:
        """Do nothing when all is well.

        Raises:
            DatasetError: at least one problem was noted; the text lists them.
        """
        if not self._found:
            return
        lines = self._found[:MAX_SHOWN]
        if len(self._found) > MAX_SHOWN:
            lines.append(f"and {len(self._found) - MAX_SHOWN} more")
        got = lines[0] if len(lines) == 1 else "\n  " + "\n  ".join(lines)
        raise DatasetError(self._doing, got, expected=expected, next_step=next_step)
