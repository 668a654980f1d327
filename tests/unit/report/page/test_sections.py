"""The sections of report.html beside its charts, as a reader without JavaScript sees them."""

import re
from dataclasses import replace

import pytest

from tests.unit.report.eventful import REDUCED, eventful_results
from tests.unit.report.made import html_of
from vlmhb.domain.model import IMPORTED
from vlmhb.domain.results import Results
from vlmhb.report.entries import entries_of
from vlmhb.report.figures.leaderboard import leaderboard


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return eventful_results(tmp_path_factory.mktemp("pages"))


def page_of(results: Results) -> str:
    return html_of(results, entries_of(results), leaderboard(results)).decode()


@pytest.fixture(scope="module")
def page(eventful: Results) -> str:
    return page_of(eventful)


def section(page: str, name: str) -> str:
    found = re.search(rf'<section id="{name}">.*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def test_a_decision_stands_beside_the_model_in_every_section(page: str):
    for name in ("leaderboard", "quality", "mistakes", "failures", "provenance"):
        named = re.findall(r"reader-vl-3b</span>\s*<span class=\"pill best\"", section(page, name))
        assert named, name


def test_figures_by_group_have_intervals_and_marks(page: str):
    grouped = section(page, "leaderboard")

    assert "by region" in grouped
    assert re.search(
        r'<td class="b" data-value="[\d.]+">.*?<span class="ci">[\d.]+–[\d.]+<', grouped
    )


def test_many_groups_of_many_models_stay_small(page: str):
    """50 groups of 20 models are a thousand cells."""
    tables = re.findall(r'<table class="sortable grouped.*?</table>', page, re.DOTALL)
    cells = sum(len(re.findall("<td", table)) for table in tables)

    assert cells > 50
    assert sum(map(len, tables)) / cells < 300


def test_every_kind_of_mistake_has_its_definition_and_its_share(page: str):
    mistakes = section(page, "mistakes")

    assert "with more around it" in mistakes
    assert re.search(r"27</button><small>\s*87 %", mistakes)


def test_reduced_answers_are_told_with_their_share(page: str):
    assert f"reduced: {REDUCED}" in section(page, "failures").replace("&gt;", ">")
    assert "38 %" in section(page, "failures")


def test_what_differs_is_told_and_what_does_not_is_named(page: str):
    told = section(page, "provenance")

    assert "What differs between these models&#39; runs" in told.replace("'", "&#39;")
    assert "The same for all: generation, machine, isolation." in told
    assert "1 package with other versions" in told


def test_one_model_is_compared_with_nobody(eventful: Results):
    name = "reader-vl-3b"
    alone = replace(
        eventful,
        models=tuple(model for model in eventful.models if model.name == name),
        plan=replace(
            eventful.plan,
            evaluations=tuple(one for one in eventful.plan.evaluations if one.model == name),
            requests={name: eventful.plan.requests[name]},
        ),
        scores=tuple(score for score in eventful.scores if score.model == name),
        summaries=tuple(each for each in eventful.summaries if each.model == name),
        unavailable={},
        decisions=(),
    )
    page = page_of(alone)

    assert "What differs" not in page
    assert "Letters misread" in section(page, "mistakes")
    assert 'class="b"' not in section(page, "leaderboard")


def test_a_run_without_an_answer_has_no_mistakes_and_nothing_to_compare(eventful: Results):
    page = page_of(replace(eventful, outcomes={}, scores=(), summaries=()))

    assert not section(page, "mistakes")
    assert "What differs" not in page
    assert "not answered yet" in section(page, "failures")


def test_of_imported_models_it_is_said_that_nobody_knows_how_they_ran(eventful: Results):
    models = tuple(
        replace(model, backend=IMPORTED) if model.name == "chatty-vl-7b" else model
        for model in eventful.models
    )
    told = section(page_of(replace(eventful, models=models)), "provenance")

    assert re.search(r"Nobody can say how <b dir=\"auto\">chatty-vl-7b</b> ran", told)
