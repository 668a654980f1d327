"""Groupings of a task's own, figures on other scales and units that are no samples, everywhere."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

from tests.unit.report.figures.test_leaderboard import CHATTY, READER, figure
from tests.unit.report.page.test_to_html import Page
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction, MetricSummary, SampleScore, Score
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.figures.summary_row import SCALED, SHOWN
from vlmhb.report.tables.to_text import render_text
from vlmhb.report.write import documents_of, tables_of

PAIRS = "question with all its rotations"
BROKEN = "metric failed: LookupError: a bug"


def points(model: str, value: float | None, **changes: Any) -> MetricSummary:
    return figure(model, value, 20.0, direction=Direction.HIGHER, **changes)


@pytest.fixture(scope="module")
def own(results: Results) -> Results:
    """The first task with groups by category; its first metric counts points, its second pairs."""
    first = results.tasks[0]
    task = replace(
        first.task,
        group_by=(("category", "language"),),
        macro_by=(("category", "language"), ("split",)),
        scale=0.5,
    )
    by: dict[str, Any] = {"grouping": "by_category+language"}
    headline: dict[str, Any] = {"grouping": "macro_by_category+language"}
    pairs: dict[str, Any] = {"metric": "wer", "unit": PAIRS, "n_scored": 3, "n_unscored": 1}
    scored = [score for score in results.scores if isinstance(score.result, Score)]
    nothing = replace(scored[0], result=Score(0.0, 0.0))
    return replace(
        results,
        tasks=(replace(first, task=task), *results.tasks[1:]),
        summaries=(
            points(READER, 1400.0, macro=0.75),
            points(CHATTY, 1500.0),
            figure(READER, 0.3, **pairs),
            figure(CHATTY, None, problem=BROKEN, **pairs),
            points(READER, 200.0, group=("scene", "ru"), **by),
            points(CHATTY, 100.0, group=("scene", "ru"), n_scored=9, n_failed=1, **by),
            points(READER, 20.0, group=("artwork", ""), **by),
            points(READER, 1531.2, **headline),
            points(CHATTY, 900.0, n_scored=9, n_failed=1, value_failed_as_wrong=810.0, **headline),
            figure(READER, 0.2, **pairs, **headline),
            figure(CHATTY, None, problem=BROKEN, **pairs, **headline),
            points(READER, 111.0, grouping="macro_by_split"),
        ),
        scores=tuple(nothing if score is scored[0] else score for score in results.scores),
    )


@pytest.fixture(scope="module")
def made(own: Results) -> dict[str, bytes]:
    return documents_of(own)


@pytest.fixture(scope="module")
def rows(made: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made["metrics.csv"].decode(), newline="")))


def sheet(content: bytes, name: str) -> list[dict[str, Any]]:
    cells = list(openpyxl.load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True))
    return [dict(zip(map(str, cells[0]), row, strict=True)) for row in cells[1:]]


def test_other_keys_have_a_column_of_their_own(rows: list[dict[str, str]]):
    groups = {
        (row["grouping"], row["language"], row["group"])
        for row in rows
        if row["model"] == READER and row["metric"] == "cer"
    }

    assert {
        ("general", "", ""),
        ("by_category+language", "ru", '{"category": "scene"}'),
        ("by_category+language", "", '{"category": "artwork"}'),
        ("macro_by_category+language", "", ""),
        ("macro_by_split", "", ""),
    } == groups


def test_rows_follow_the_groupings_of_the_task(rows: list[dict[str, str]]):
    names = [row["grouping"] for row in rows if row["model"] == READER]

    assert [
        "general",
        "general",
        "by_category+language",
        "by_category+language",
        "macro_by_category+language",
        "macro_by_category+language",
        "macro_by_split",
    ] == names


def test_a_value_is_shown_as_the_reference_prints_it(rows: list[dict[str, str]]):
    first = next(row for row in rows if row["model"] == READER)

    assert ("1400", "0.5", "700", "0.75", "sample") == (
        first["value"],
        first["scale"],
        first["scaled_value"],
        first["macro"],
        first["unit"],
    )


def test_a_metric_that_was_chosen_later_has_no_scale_of_the_reference(own: Results):
    """The reference never prints it; the task's own metric keeps its scale."""
    chosen = replace(own, named_metrics={own.tasks[0].task.name: frozenset({"cer"})})

    made = csv.DictReader(io.StringIO(tables_of(chosen)["metrics.csv"].decode(), newline=""))

    scaled = {(row["metric"], row["scale"], row["value"], row["scaled_value"]) for row in made}
    assert {("wer", "1", "0.2", "0.2"), ("cer", "0.5", "1531.2", "765.6")} <= scaled
    assert (0.5, 1.0) == leaderboard(chosen).tables[0].scales


def test_a_figure_that_could_not_be_made_says_why(rows: list[dict[str, str]]):
    broken = next(row for row in rows if row["problem"])

    assert ("", "", PAIRS, BROKEN) == (
        broken["value"],
        broken["scaled_value"],
        broken["unit"],
        broken["problem"],
    )


def test_json_has_the_same_columns(made: dict[str, bytes], rows: list[dict[str, str]]):
    """All but the decision, which is in its models."""
    document = json.loads(made["results.json"])
    one = document["summaries"][0]

    assert {*rows[0], *SCALED} - {"decision"} == {*one}
    assert {"decision"} <= {*rows[0]} & {*document["models"][0]}
    assert {"category": "scene"} in [summary["group"] for summary in document["summaries"]]
    assert {*SHOWN} <= {*document["leaderboard"][0]["rows"][0]["figures"][0]}


def test_the_interval_and_the_figure_with_failures_are_scaled_like_the_value(
    made: dict[str, bytes],
):
    table = json.loads(made["results.json"])["leaderboard"][0]
    in_json = table["rows"][1]["figures"][0]
    in_workbook = sheet(made["results.xlsx"], "summary")[2]

    for one in (in_json, in_workbook):
        assert CHATTY == one["model"]
        assert [450.0, 440.0, 460.0, 405.0] == [
            one["scaled_value"],
            *(one[name] for name in SCALED),
        ]
    assert [0.5, 0.5] == table["scales"]


def test_the_mean_of_groups_that_count_alike_is_the_headline(own: Results, made: dict[str, bytes]):
    """Over all samples the order is another one."""
    table = leaderboard(own).tables[0]
    note = "Figures are means over the groups by category and language, which count alike."

    assert [(READER, 1), (CHATTY, 2)] == [(row.model, row.rank) for row in table.rows[:2]]
    assert (
        "macro_by_category+language"
        == json.loads(made["results.json"])["leaderboard"][0]["grouping"]
    )
    assert "macro_by_category+language" == sheet(made["results.xlsx"], "summary")[0]["grouping"]
    assert note in render_text(leaderboard(own))
    assert note in Page(made["report.html"]).text
    assert note.replace("category", "`category`").replace("language", "`language`") in (
        made["results.md"].decode()
    )


def test_samples_that_are_in_no_group_of_the_headline_are_counted(own: Results):
    first = own.tasks[0]
    said = (*(replace(each, metadata={"category": "x"}) for each in first.samples[:4]),)
    some = replace(own, tasks=(replace(first, samples=(*said, *first.samples[4:])), *own.tasks[1:]))

    (note, *_) = (table.headline.note(str) for table in leaderboard(some).tables)

    left = len(first.samples) - 4
    assert f" Samples without one of these are left out: {left}. " in note
    assert 0 == leaderboard(own).tables[0].headline.n_apart


def test_a_headline_that_says_nothing_leaves_the_figures_over_all_samples(own: Results):
    bare = replace(own, summaries=tuple(s for s in own.summaries if s.grouping == "general"))

    table = leaderboard(bare).tables[0]

    assert ("general", "") == (table.headline.grouping, table.headline.note(str))
    assert [1500.0, 1400.0] == [row.primary.value for row in table.rows[:2] if row.primary]


def test_the_workbook_has_a_sheet_for_other_groups(made: dict[str, bytes]):
    others = sheet(made["results.xlsx"], "other groups")
    summary = sheet(made["results.xlsx"], "summary")

    assert 8 == len(others)
    assert ('{"category": "artwork"}', 20, 10) == (
        others[0]["group"],
        others[0]["value"],
        others[0]["scaled_value"],
    )
    assert (765.6, 10) == (summary[0]["scaled_value"], summary[0]["n_total"])


def test_every_figure_in_markdown_stands_beside_its_counts(made: dict[str, bytes]):
    text = made["results.md"].decode()

    assert (
        "| 1 | `reader-vl-3b` | **765.6** (755.6–775.6) | 0.100 (0.075–0.125, n 3/4) "
        "| 10/10 | 5 | 0 | 0 |"
    ) in text
    assert "| `cer` ↑ ×0.5 | `wer` ↓ ×0.5 |" in text
    assert "by category and language`, `cer` ↑ ×0.5" in text
    assert "`wer` counts, instead of samples: `question with all its rotations`." in text
    assert "| `scene / ru` | 10 | 100.0 | 50.0 (n 9/10, 1 failed, 50.0 with failures) |" in text
    assert "| `artwork / not said` | 10 | 10.0 | – |" in text
    mean = "| `mean of the groups` | 10 | 765.6 | 450.0 (n 9/10, 1 failed, 405.0 with failures) |"
    assert mean in text
    assert f"| `chatty-vl-7b` | `page-text` | `wer` | `{BROKEN}` |" in text


def test_the_page_shows_groups_units_and_problems(made: dict[str, bytes]):
    page = Page(made["report.html"])

    for words in (
        "by category and language",
        "scene / ru",
        "mean of the groups",
        "n 3/4",
        PAIRS,
        BROKEN,
        "×0.5",
        "765.6",
        "755.6–775.6",
        "405.0 with failures",
        "800",
    ):
        assert words in page.text


def test_only_groups_that_samples_can_be_filtered_by_are_links(made: dict[str, bytes]):
    page = Page(made["report.html"])
    cells = [
        attributes
        for tag, attributes in page.tags
        if tag == "td" and "shade" in (attributes.get("class") or "")
    ]

    assert cells
    assert [] == [cell for cell in cells if cell.get("data-grouping")]


def test_the_terminal_says_what_is_counted(own: Results):
    text = render_text(leaderboard(own))

    assert "cer ↑ ×0.5" in text
    assert "765.6 * [755.6–775.6]" in text
    assert "450.0   [440.0–460.0] (405.0 with failures)" in text
    assert "(n 3/4)" in text
    assert f"wer counts, instead of samples: {PAIRS}" in text
    assert f"wer of chatty-vl-7b on page-text: {BROKEN}" in text


def test_a_score_without_a_figure_of_its_own_is_an_empty_cell(own: Results, made: dict[str, bytes]):
    (nothing,) = (score for score in own.scores if score.result == Score(0.0, 0.0))
    scores = list(csv.DictReader(io.StringIO(made["scores.csv"].decode(), newline="")))

    assert ("scored", "", "0", "0") == cell_of(scores, nothing)
    sample = next(
        row
        for row in sheet(made["results.xlsx"], "samples")
        if (row["model"], row["sample_id"]) == (nothing.model, nothing.sample_id)
    )
    assert sample[nothing.metric] is None


def cell_of(rows: list[dict[str, str]], score: SampleScore) -> tuple[str, ...]:
    row = next(
        row
        for row in rows
        if (row["model"], row["sample_id"], row["metric"])
        == (score.model, score.sample_id, score.metric)
    )
    return row["status"], row["value"], row["numerator"], row["denominator"]
