"""Failed and unscored samples stand beside every figure that leaves them out."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.report.figures.test_leaderboard import CHATTY, READER, figure
from tests.unit.report.page.test_to_html import Page
from vlmhb.domain.results import Results
from vlmhb.domain.score import Direction
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.figures.losses import losses, with_failures
from vlmhb.report.tables.to_text import render_text
from vlmhb.report.write import documents_of

FAILING: dict[str, Any] = {"n_scored": 5, "n_failed": 45, "value_failed_as_wrong": 0.09}
ALL_FAILED: dict[str, Any] = {"n_scored": 0, "n_failed": 50, "value_failed_as_wrong": 0.0}
BY_TYPE: dict[str, Any] = {"grouping": "by_doc_type", "group": ("invoice",)}


@pytest.fixture(scope="module")
def failing(results: Results) -> Results:
    figures = [
        figure(model, value, direction=Direction.HIGHER, **place, **counts)
        for place in ({}, BY_TYPE)
        for model, value, counts in (
            ("tesseract-psm4", 0.8, {"n_scored": 50}),
            (READER, 0.9, FAILING),
            (CHATTY, None, ALL_FAILED),
        )
    ]
    return replace(results, summaries=tuple(figures))


@pytest.fixture(scope="module")
def made(failing: Results) -> dict[str, bytes]:
    return documents_of(failing)


def test_nothing_is_said_where_nothing_is_missing():
    whole = figure(READER, 0.5)

    assert ("", "") == (losses(whole), with_failures(whole))


def test_what_is_missing_is_told_apart():
    some = figure(READER, 0.5, n_scored=5, n_failed=2, n_unscored=3, value_failed_as_wrong=0.4)

    assert "n 5/10, 2 failed, 3 unscored, 0.400 with failures" == losses(some)


def test_markdown_shows_the_figure_that_ranks_follow(made: dict[str, bytes]):
    text = made["results.md"].decode()

    assert "| 1 | `tesseract-psm4` | **0.800** (0.750–0.850) |" in text
    assert "| 2 | `reader-vl-3b` | 0.900 (0.850–0.950, 0.090 with failures) |" in text
    assert "| 3 | `chatty-vl-7b` (unlocked) | – (0.000 with failures) |" in text
    assert "0.900 (n 5/50, 45 failed, 0.090 with failures)" in text
    assert "– (n 0/50, 50 failed, 0.000 with failures)" in text


def test_the_terminal_shows_the_figure_that_ranks_follow(failing: Results):
    text = render_text(leaderboard(failing))

    assert "[0.850–0.950] (0.090 with failures" in text
    assert "– (0.000 with failures" in text


def test_the_page_shows_the_figure_that_ranks_follow(made: dict[str, bytes]):
    page = Page(made["report.html"])

    assert 2 == page.text.count("0.090 with failures")
    assert 2 == page.text.count("0.000 with failures")
