"""The leaderboard and the figures by group, as Markdown."""

from vlmhb.report.figures.heatmap import TITLES, HeatCell, Heatmap
from vlmhb.report.figures.leaderboard import Cell, Row, Table
from vlmhb.report.figures.losses import losses, with_failures
from vlmhb.report.numbers import interval, seconds, short
from vlmhb.report.tables.bounded import Section
from vlmhb.report.tables.markdown import marked_figure, name, table_lines
from vlmhb.report.tables.to_text import heading, headings

GROUP_ROWS = 60
"""More groups than a comment on a pull request should have."""
LEGEND = (
    "**Bold**: best. ≈: its 95 % interval overlaps the best one's. In brackets: 95 % bootstrap "
    "interval, by document. n: scored of all samples; figures leave failed and unscored "
    "samples out. Ranks go by the figure with failures, which counts failed ones as wrong."
)


def leaderboard_section(table: Table) -> Section:
    """The models that are compared on one task."""
    header = ["#", "model", *headings(table, name), "n", "documents", "failed", "unscored"]
    head, line, *rows = table_lines([*header, "s/page (median)"], map(_row, table.rows))
    title = name(table.task) + (f": {table.note}" if table.note else "")
    notes = [LEGEND]
    if note := table.headline.note(name):
        notes.append(note)
    notes += [
        f"{name(metric)} counts, instead of samples: {name(unit)}."
        for metric, unit in table.units.items()
    ]
    notes += [f"{name(metric)} has the verdicts of {name(table.judge)}." for metric in table.judged]
    return Section(
        f"the leaderboard of {title}",
        (f"### {title}", "", head, line),
        tuple(rows),
        ("", *notes, ""),
        "metrics.csv",
    )


def _row(row: Row) -> list[str]:
    primary = row.primary
    note = f" ({'; '.join(row.notes)})" if row.notes else ""
    sizes = [""] * 4
    if primary:
        sizes = [
            f"{primary.n_scored}/{primary.n_total}",
            str(primary.n_documents),
            str(primary.n_failed),
            str(primary.n_unscored),
        ]
    return [
        "" if row.rank is None else str(row.rank),
        name(row.model) + note,
        *(_figure(row, cell) for cell in row.cells),
        *sizes,
        seconds(row.page_s_p50),
    ]


def _figure(row: Row, cell: Cell | None) -> str:
    if cell is None:
        return short(None)
    summary, scale = cell.summary, cell.scale
    text = marked_figure(short(summary.value, scale), cell.mark)
    span = interval(summary.ci_low, summary.ci_high, scale)
    parts = (span, with_failures(summary, scale), row.own_counts(cell))
    notes = ", ".join(filter(None, parts))
    return f"{text} ({notes})" if notes else text


def group_section(heatmap: Heatmap) -> Section:
    """One metric by group."""
    metric = heading(name(heatmap.metric), heatmap.direction, heatmap.scale)
    title = f"{name(heatmap.task)} {TITLES.get(heatmap.grouping) or name(heatmap.title)}, {metric}"
    headline = (f"#### {title}", "")
    if len(heatmap.rows) > GROUP_ROWS:
        told = f"{len(heatmap.rows)} groups; they are in metrics.csv."
        return Section(title, (*headline, told, ""), whole="metrics.csv")
    head, line, *rows = table_lines(
        ["group", "n", *map(name, heatmap.models)],
        (
            [
                name(row.title),
                str(row.n_total),
                *(_group_figure(cell, heatmap.scale) for cell in row.cells),
            ]
            for row in heatmap.rows
        ),
    )
    return Section(title, (*headline, head, line), tuple(rows), ("",), "metrics.csv")


def _group_figure(cell: HeatCell, scale: float) -> str:
    if cell.summary is None:
        return short(None)
    missing = losses(cell.summary, scale)
    return short(cell.summary.value, scale) + (f" ({missing})" if missing else "")
