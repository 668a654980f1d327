"""What the sections of report.html beside its charts show."""

from collections.abc import Mapping, Sequence
from typing import Any

from vlmhb.domain.decision import last_decisions
from vlmhb.domain.results import Results
from vlmhb.report.entries import Entry
from vlmhb.report.error_classes.counts import BAR_WIDTH, error_tables, legend_of
from vlmhb.report.figures.failures import failures_of, unscored_of
from vlmhb.report.figures.group_tables import group_tables, keys_of, where_in
from vlmhb.report.figures.heatmap import Heatmap, HeatRow, heatmaps, own_groupings
from vlmhb.report.figures.leaderboard import Leaderboard
from vlmhb.report.figures.model_differences import model_differences
from vlmhb.report.figures.pivot import pivot_of
from vlmhb.report.figures.provenance import env_cards, model_envs
from vlmhb.report.figures.setbacks import setbacks_of


def section_values(
    results: Results, entries: Sequence[Entry], board: Leaderboard
) -> Mapping[str, Any]:
    """By the name that the templates use."""
    standard, own = ["by_doc_type", "by_language"], ["by_doc_question", *own_groupings(results)]
    keys = {loaded.task.name: keys_of(results, loaded.task.name) for loaded in results.tasks}

    def heat_where(heatmap: Heatmap, row: HeatRow) -> dict[str, str]:
        """By what the samples of a row are found; empty for the mean of the groups."""
        by = keys[heatmap.task].get(heatmap.grouping.removeprefix("macro_"))
        return where_in(by, row.group) if by and row.group else {}

    errors = error_tables(results, entries)
    return {
        "decided": last_decisions(results.decisions),
        "pivot": pivot_of(results, board),
        "groups": group_tables(results, board),
        "heatmaps": (*heatmaps(results, board, standard), *heatmaps(results, board, own)),
        "heat_where": heat_where,
        "error_tables": errors,
        "legend": legend_of(errors),
        "bar_width": BAR_WIDTH,
        "failures": failures_of(entries),
        "unscored": unscored_of(entries),
        "setbacks": setbacks_of(entries),
        "differences": model_differences(results),
        "envs": env_cards(results),
        "model_envs": model_envs(results),
    }
