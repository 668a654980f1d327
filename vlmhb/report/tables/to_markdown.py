"""results.md: what to paste into a pull request."""

from collections.abc import Iterator, Sequence

from vlmhb.domain.decision import Decision
from vlmhb.domain.results import Results
from vlmhb.report.entries import Entry
from vlmhb.report.figures.cost_table import cost_table
from vlmhb.report.figures.failures import failures_of, unscored_of
from vlmhb.report.figures.heatmap import heatmaps, own_groupings
from vlmhb.report.figures.leaderboard import Leaderboard
from vlmhb.report.figures.model_differences import model_differences
from vlmhb.report.figures.pivot import pivot_of
from vlmhb.report.figures.setbacks import setbacks_of
from vlmhb.report.figures.shards import shards_text
from vlmhb.report.tables.bounded import Section, bounded
from vlmhb.report.tables.cost_lines import cost_sections
from vlmhb.report.tables.difference_lines import difference_sections
from vlmhb.report.tables.failure_lines import (
    failure_sections,
    problem_sections,
    setback_sections,
    unavailable_sections,
    unscored_sections,
)
from vlmhb.report.tables.leaderboard_lines import group_section, leaderboard_section
from vlmhb.report.tables.markdown import code, name, table_lines
from vlmhb.report.tables.pivot_lines import pivot_sections
from vlmhb.report.tables.provenance_lines import provenance_section
from vlmhb.report.tables.to_json import counts_of
from vlmhb.report.text import shortened

NOTE_CHARS = 500
FILES = (
    "Every sample with its page, answer and differences is in `report.html`; all figures are in "
    "`results.xlsx`, `metrics.csv` and `results.json`, beside this file in the folder of the run."
)


def results_md(results: Results, entries: Sequence[Entry], board: Leaderboard) -> bytes:
    """GitHub-flavoured Markdown, short enough for a comment; what is left out is told."""
    groups = heatmaps(results, board, ["by_doc_type", *own_groupings(results)])
    sections = (
        _head(results, entries),
        *pivot_sections(pivot_of(results, board)),
        *map(leaderboard_section, board.tables),
        *_decision_sections(board.decisions),
        *unavailable_sections(board.unavailable),
        *problem_sections(board.problems),
        *failure_sections(failures_of(entries)),
        *setback_sections(setbacks_of(entries)),
        *cost_sections(cost_table(results)),
        *map(group_section, groups),
        *unscored_sections(unscored_of(entries)),
        *difference_sections(model_differences(results)),
        provenance_section(results),
    )
    return bounded(sections).encode()


def _head(results: Results, entries: Sequence[Entry]) -> Section:
    counts = counts_of(entries)
    lacking = counts["not_answered"] + counts["unavailable"]
    told = f"**Incomplete: {lacking} not asked.** " if lacking else ""
    told += f"**{divided}** " if (divided := shards_text(results)) else ""
    told += (
        f"{counts['samples']} samples over all models: {counts['answered']} answered, "
        f"{counts['failed']} failed, {counts['not_answered']} not answered."
    )
    return Section("", (f"## Results of {name(results.name)}", "", told, "", FILES, ""))


def _decision_sections(decisions: Sequence[Decision]) -> Iterator[Section]:
    if decisions:
        head, line, *rows = table_lines(
            ["model", "decision", "note"],
            (
                [
                    name(one.model),
                    one.state.words,
                    code(shortened(one.note, NOTE_CHARS)) if one.note else "",
                ]
                for one in decisions
            ),
        )
        heading = ("### Decisions", "", head, line)
        yield Section("decisions", heading, tuple(rows), ("",), "results.json")
