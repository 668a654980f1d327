"""A run that holds a part of the samples says so, wherever its figures stand."""

import json
from dataclasses import replace

import pytest

from tests.unit.report.made import html_of
from vlmhb.domain.results import Results
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.figures.shards import shards_text
from vlmhb.report.tables.to_json import results_json
from vlmhb.report.tables.to_markdown import results_md

SHARD = "This is shard 2/8 of a run: 1,400 samples are in the other shards."
MISSING = "Shards are missing: 1 sample is in them."


def divided(results: Results, others: int, **provenance: str) -> Results:
    """The results with samples of the first task in other shards."""
    first, *rest = results.tasks
    cut = replace(first, left_out=replace(first.left_out, other_shards=others))
    return replace(results, tasks=(cut, *rest), provenance={**results.provenance, **provenance})


def documents(results: Results) -> tuple[str, str, bool]:
    """HTML, Markdown, and whether the JSON says that nothing is missing."""
    entries, board = entries_of(results), leaderboard(results)
    page = html_of(results, entries, board).decode()
    markdown = results_md(results, entries, board).decode()
    return page, markdown, json.loads(results_json(results, entries, board))["complete"]


@pytest.mark.parametrize(
    ("others", "provenance", "text"), [(1_400, {"shard": "2/8"}, SHARD), (1, {}, MISSING)]
)
def test_samples_of_other_shards_are_told(
    results: Results, others: int, provenance: dict[str, str], text: str
):
    page, markdown, is_complete = documents(divided(results, others, **provenance))

    assert text in page
    assert text in markdown
    assert not is_complete


def test_a_run_of_everything_says_nothing_of_shards(results: Results):
    page, markdown, _ = documents(results)

    assert "" == shards_text(results)
    assert "hards are missing" not in page + markdown


def test_a_shard_that_is_the_only_one_lacks_nothing(results: Results):
    assert "" == shards_text(divided(results, 0, shard="1/1"))


def test_what_is_answered_is_complete_once_no_shard_is_missing(results: Results):
    outcomes = dict(results.outcomes)
    asked = {request.id for requests in results.plan.requests.values() for request in requests}
    some = next(iter(outcomes.values()))
    whole = replace(
        results,
        outcomes={name: outcomes.get(name, replace(some, request_id=name)) for name in asked},
        unavailable={},
    )

    assert [True, False] == [documents(one)[2] for one in (whole, divided(whole, 1))]
