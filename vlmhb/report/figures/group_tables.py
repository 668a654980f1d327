"""The leaderboard once more, for each kind of groups that samples fall into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.results import Results
from vlmhb.domain.score import MetricSummary
from vlmhb.metrics.aggregation.groupings import FIELDS, STANDARD, Keys, groupings_of
from vlmhb.report.figures.heatmap import TITLES, own_groupings
from vlmhb.report.figures.leaderboard import Cell, Leaderboard, Table
from vlmhb.report.figures.ranking import Mark, marked


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group of samples and the first figure of every model."""

    group: tuple[str, ...]
    cells: tuple[Cell | None, ...]
    """One per model, with the marks they have in this row."""
    n_total: int
    n_documents: int

    @property
    def title(self) -> str:
        """The group's values in words."""
        return " / ".join(value or "not said" for value in self.group)


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One metric of a table of the leaderboard, by groups."""

    grouping: str
    title: str
    keys: Keys
    models: tuple[str, ...]
    """In the order of the leaderboard's table."""
    rows: tuple[GroupRow, ...]

    @property
    def heading(self) -> str:
        """Of the column with the groups."""
        return " / ".join(
            {"doc_class": "class", "question_type": "field"}.get(k, k) for k in self.keys
        )

    def where(self, row: GroupRow) -> dict[str, str]:
        """By what the samples of a row are found in the browser, beside task and model."""
        return where_in(self.keys, row.group)


def where_in(keys: Keys, group: tuple[str, ...]) -> dict[str, str]:
    """The sample browser's names of keys, and the values of a group."""
    names = (key if key in FIELDS else f"group.{key}" for key in keys)
    return dict(zip(names, group, strict=True))


def keys_of(results: Results, task: str) -> dict[str, Keys]:
    """Names and keys of the task's groupings but the one of all samples."""
    loaded = next(loaded for loaded in results.tasks if loaded.task.name == task)
    by = {name: keys for name, keys in groupings_of(loaded.task).items() if keys}
    # A mean of groups is of groups that samples are in, too.
    means = {f"by_{'+'.join(keys)}": keys for keys in loaded.task.macro_by}
    return {**by, **{name: keys for name, keys in means.items() if name not in by}}


def group_tables(results: Results, board: Leaderboard) -> tuple[tuple[GroupTable, ...], ...]:
    """For each table of the leaderboard, one per grouping that has more than one group."""
    names = [name for name in (*STANDARD, *own_groupings(results)) if name != "general"]
    return tuple(
        tuple(
            found
            for name in names
            if name in keys
            for found in [_table(results.summaries, table, name, keys[name])]
            if len(found.rows) > 1
        )
        for table in board.tables
        for keys in [keys_of(results, table.task)]
    )


def _table(
    summaries: Sequence[MetricSummary], table: Table, grouping: str, keys: Keys
) -> GroupTable:
    models = tuple(row.model for row in table.rows)
    groups: dict[tuple[str, ...], dict[str, MetricSummary]] = {}
    for summary in summaries:
        place = (summary.task, summary.metric, summary.grouping)
        if place == (table.task, table.metrics[0], grouping) and summary.model in models:
            groups.setdefault(summary.group, {})[summary.model] = summary
    ranked = [row.model for row in table.rows if not row.mechanism_only]
    rows = (_row(group, found, models, ranked, table) for group, found in sorted(groups.items()))
    keys_title = " and ".join(keys)
    title = TITLES.get(grouping, f"by {keys_title}")
    return GroupTable(grouping, title, keys, models, tuple(rows))


def _row(
    group: tuple[str, ...],
    found: Mapping[str, MetricSummary],
    models: Sequence[str],
    ranked: Sequence[str],
    table: Table,
) -> GroupRow:
    marks = marked({name: found.get(name) for name in ranked})
    cells = tuple(
        Cell(found[name], marks.get(name, Mark.NONE), table.scales[0]) if name in found else None
        for name in models
    )
    return GroupRow(
        group,
        cells,
        n_total=max(summary.n_total for summary in found.values()),
        n_documents=max(summary.n_documents for summary in found.values()),
    )
