"""What is not the same for all of several things: the rows of a table that differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.digest import Json
from vlmhb.report.figures.provenance import flattened

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class DifferingRow:
    """Something that is not the same in all columns."""

    about: str
    values: tuple[str, ...]
    """One per column; `ABSENT` where there is no such thing."""

    @property
    def odd(self) -> tuple[bool, ...]:
        """Which values are not the one that more than half of the columns have; none without it."""
        usual = max(self.values, key=self.values.count)
        is_usual = 2 * self.values.count(usual) > len(self.values)
        return tuple(is_usual and value != usual for value in self.values)


@dataclass(frozen=True, slots=True)
class DifferingSection:
    """Rows of one kind, at least one."""

    title: str
    rows: tuple[DifferingRow, ...]


def differing(columns: Sequence[Json]) -> tuple[DifferingRow, ...]:
    """The leaves that are not equal everywhere; a mapping without a key lacks it."""
    leaves = [dict(flattened(column)) for column in columns]
    return tuple(
        DifferingRow(about, values)
        for about in dict.fromkeys(about for one in leaves for about in one)
        for values in [tuple(one.get(about, ABSENT) for one in leaves)]
        if len(set(values)) > 1
    )


def sections(columns: Sequence[Mapping[str, Json]]) -> tuple[DifferingSection, ...]:
    """The sections in which something differs; each column has them by title."""
    titles = dict.fromkeys(title for column in columns for title in column)
    found = ((title, differing([column.get(title, {}) for column in columns])) for title in titles)
    return tuple(DifferingSection(title, rows) for title, rows in found if rows)
