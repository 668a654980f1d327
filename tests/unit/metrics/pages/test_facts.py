import json

import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.facts import FACTS

PAGE = "# Договор **№ 5**\n\nПоставщик: «Ромашка» — г. Москва\nИтого:  100 руб."


def known(*facts: object):
    return truth(json.dumps(facts, ensure_ascii=False))


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({"type": "present", "text": "Договор № 5"}, 1),
        ({"type": "present", "text": "Москва Итого: 100"}, 1),
        ({"type": "present", "text": "«Ромашка» - г. Москва"}, 1),
        ({"type": "present", "text": "договор"}, 0),
        ({"type": "present", "text": "договор", "case_sensitive": False}, 1),
        ({"type": "present", "text": "Дагавор № 5", "max_diffs": 2}, 1),
        ({"type": "present", "text": "Дагавор № 5", "max_diffs": 1}, 0),
        ({"type": "present", "text": "Итого", "first_n": 20}, 0),
        ({"type": "present", "text": "Итого", "last_n": 20}, 1),
        ({"type": "present", "text": "Итого", "first_n": 5, "last_n": 20}, 1),
        ({"type": "absent", "text": "стр. 7"}, 1),
        ({"type": "absent", "text": "Договор"}, 0),
        ({"type": "absent", "text": "Дагавор № 5", "max_diffs": 2}, 0),
        ({"type": "order", "before": "Договор", "after": "Итого"}, 1),
        ({"type": "order", "before": "Итого", "after": "Договор"}, 0),
        ({"type": "order", "before": "Дагавор", "after": "Итага", "max_diffs": 2}, 1),
        ({"type": "order", "before": "Итага", "after": "Дагавор", "max_diffs": 2}, 0),
        ({"type": "order", "before": "Акт", "after": "Итого"}, 0),
    ],
)
def test_a_fact_is_borne_out_or_not(fact, expected):
    assert Score(expected, 1) == FACTS.score(PAGE, known(fact))


def test_facts_of_a_page_are_counted():
    facts = known(*({"type": "present", "text": text} for text in ("Договор", "Акт", "Итого")))

    assert Score(2, 3) == FACTS.score(PAGE, facts)


@pytest.mark.parametrize(("kind", "expected"), [("present", 0), ("absent", 1)])
def test_a_page_shorter_than_the_text_does_not_hold_it(kind, expected):
    """The space of an empty page is in the text, but the text is not on the page."""
    fact = {"type": kind, "text": "a long phrase", "max_diffs": 2}

    assert Score(expected, 1) == FACTS.score(" \n", known(fact))


def test_one_fact_may_stand_alone():
    assert Score(1, 1) == FACTS.score(PAGE, truth('{"type": "present", "text": "Договор"}'))


@pytest.mark.parametrize(
    "fact",
    [
        {"type": "math", "math": "x"},
        {"type": "present"},
        {"type": "present", "text": "**"},
        {"type": "present", "text": "x", "max_diffs": 2},
        {"type": "present", "text": "x", "max_diffs": -1},
        {"type": "order", "before": "x"},
        5,
    ],
)
def test_what_cannot_be_judged_leaves_the_page_unscored(fact):
    good = {"type": "present", "text": "Договор"}

    result = FACTS.score(PAGE, known(good, fact))

    assert isinstance(result, Unscored)
    assert "not a fact" in result.reason


@pytest.mark.parametrize("targets", [(), ("text",), ("[]",)])
def test_without_facts_nothing_is_said(targets):
    assert isinstance(FACTS.score(PAGE, truth(*targets)), Unscored)
    assert isinstance(FACTS.worst(truth(*targets)), Unscored)


def test_a_failed_sample_bears_nothing_out():
    """Not even what is absent."""
    assert Score(0, 1) == FACTS.worst(known({"type": "absent", "text": "Акт"}))


@pytest.mark.parametrize("page", ["*_" * 40_000, "слово " * 14_000, "<br>" * 20_000, "\ud800" * 99])
def test_a_hostile_page_is_judged(page):
    fact = {"type": "order", "before": "договор поставки", "after": "итого", "max_diffs": 2}

    assert Score(0, 1) == FACTS.score(page, known(fact))
