from dataclasses import replace

import pytest

from tests.unit.report.eventful import REGION, eventful_results
from vlmhb.domain.results import Results
from vlmhb.report.figures.group_tables import GroupTable, group_tables, keys_of
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.figures.ranking import Mark


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return eventful_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def replies(eventful: Results) -> dict[str, GroupTable]:
    """Of the fields that models reply with, by grouping."""
    return {table.grouping: table for table in group_tables(eventful, leaderboard(eventful))[2]}


def test_there_is_one_for_each_grouping_with_more_than_one_group(replies: dict[str, GroupTable]):
    assert ["by_doc_type", "by_doc_question", "by_language", f"by_{REGION}"] == list(replies)
    assert {"class / field", "class", "language", REGION} == {t.heading for t in replies.values()}


def test_models_stand_in_the_order_of_the_leaderboard_and_have_marks_by_row(
    replies: dict[str, GroupTable],
):
    table = replies["by_doc_type"]

    assert ("reader-vl-3b", "chatty-vl-7b", "tiny-random-llava") == table.models
    marks = [cell.mark if cell else None for cell in table.rows[0].cells]
    assert [Mark.BEST, Mark.NONE, Mark.NONE] == marks


def test_a_row_tells_by_what_its_samples_are_found(replies: dict[str, GroupTable]):
    own, field = replies[f"by_{REGION}"], replies["by_doc_question"]

    assert {f"group.{REGION}": "north"} == own.where(own.rows[0])
    assert {"doc_class": "invoice", "question_type": "number"} == field.where(field.rows[0])


def test_the_counts_of_a_group_are_those_of_all_its_samples(
    eventful: Results, replies: dict[str, GroupTable]
):
    table = replies[f"by_{REGION}"]

    assert [16, 15] == [row.n_total for row in table.rows]
    assert len(eventful.tasks[1].samples) == sum(row.n_total for row in table.rows)


def test_models_that_show_the_machinery_are_never_the_best_of_a_group(eventful: Results):
    better = tuple(
        replace(each, value=1.0, value_failed_as_wrong=1.0)
        if each.model == "tiny-random-llava"
        else each
        for each in eventful.summaries
    )
    made = replace(eventful, summaries=better)
    table = group_tables(made, leaderboard(made))[2][0]

    assert [Mark.BEST, Mark.NONE, Mark.NONE] == [
        cell.mark if cell else None for cell in table.rows[0].cells
    ]


def test_groups_of_a_mean_have_keys_too(eventful: Results):
    assert {f"by_{REGION}": (REGION,)}.items() <= keys_of(eventful, "fields").items()
    assert "general" not in keys_of(eventful, "fields")
