from collections import Counter

import pytest

from tests.unit.report.eventful import eventful_results
from vlmhb.domain.results import Results
from vlmhb.report.entries import UNAVAILABLE, Entry, entries_of
from vlmhb.report.error_classes.classes import ErrorClass
from vlmhb.report.error_classes.counts import (
    BAR_WIDTH,
    error_counts,
    error_tables,
    legend_of,
)
from vlmhb.report.error_classes.verdict import Apart


@pytest.fixture(scope="module")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return eventful_results(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def entries(eventful: Results) -> tuple[Entry, ...]:
    return entries_of(eventful)


def test_every_sample_is_counted_once(entries: tuple[Entry, ...]):
    asked = Counter(e.evaluation.model for e in entries if e.status != UNAVAILABLE)
    counted: Counter[str] = Counter()
    for each in error_counts(entries):
        counted[each.model] += each.count

    assert asked == counted


def test_a_model_is_counted_over_all_its_samples(eventful: Results, entries: tuple[Entry, ...]):
    (_, fields) = error_tables(eventful, entries)
    chatty = next(row for row in fields.models if row.name == "chatty-vl-7b")

    assert 31 == chatty.n_total
    assert 28 == chatty.n_wrong
    assert 3 == chatty.counts[Apart.FAILED]
    assert (ErrorClass.EXTRA_TEXT, Apart.FAILED, ErrorClass.DIGITS) == chatty.most_frequent
    assert {"model": "chatty-vl-7b"} == chatty.where


def test_models_that_show_the_machinery_come_last_and_are_in_no_group(
    eventful: Results, entries: tuple[Entry, ...]
):
    (_, fields) = error_tables(eventful, entries)

    assert "tiny-random-llava" == fields.models[-1].name
    assert ErrorClass.LOOP in fields.classes
    assert not any(row.counts.get(ErrorClass.LOOP) for row in fields.groups)
    assert {"doc_class": "invoice", "question_type": "number"} == fields.groups[0].where


def test_a_bar_is_as_long_as_all_its_parts(eventful: Results, entries: tuple[Entry, ...]):
    tables = error_tables(eventful, entries)
    for row in (row for table in tables for row in (*table.models, *table.groups)):
        assert pytest.approx(BAR_WIDTH, abs=0.1) == sum(share.width for share in row.bar)
        assert row.n_total == sum(share.count for share in row.bar)
        assert {share.part for share in row.bar} <= set(legend_of(tables))
