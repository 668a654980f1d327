import json

import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.facts import FACTS
from vlmhb.metrics.pages.page_text import page_text

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
        ({"type": "order", "before": "Итого", "after": "Акт"}, 0),
        ({"type": "order", "before": "Итого", "after": "Итого"}, 0),
        ({"type": "present", "text": "ДОГОВОР", "case_sensitive": False}, 1),
        ({"type": "present", "text": "Догавор № 5"}, 0),
        ({"type": "present", "text": "Догавор № 5", "max_diffs": 1}, 1),
        ({"type": "present", "text": "5"}, 1),
        ({"type": "present", "text": "@", "max_diffs": 1}, 1),
        ({"type": "present", "text": "Договор", "last_n": 20}, 0),
        ({"type": "present", "text": "Ромашка", "last_n": 20}, 0),
        ({"type": "present", "text": "Итого", "first_n": 20, "last_n": 0}, 0),
        ({"type": "present", "text": "Итого", "first_n": 0, "last_n": 20}, 1),
        ({"type": "present", "text": "#", "first_n": 1}, 1),
        ({"type": "present", "text": "№", "first_n": 1}, 0),
        ({"type": "present", "text": ".", "last_n": 1}, 1),
        ({"type": "present", "text": "№", "last_n": 1}, 0),
    ],
)
def test_a_fact_is_borne_out_or_not(fact, expected):
    assert Score(expected, 1) == FACTS.score(PAGE, known(fact))


@pytest.mark.parametrize(("before", "after"), [("кот", "пёс"), ("пёс", "кот"), ("кот", "кот")])
@pytest.mark.parametrize("edits", [0, 1])
def test_any_two_occurrences_in_order_will_do(before, after, edits):
    fact = {"type": "order", "before": before, "after": after, "max_diffs": edits}

    assert Score(1, 1) == FACTS.score("кот и пёс и кот", known(fact))


@pytest.mark.parametrize(("edits", "expected"), [(1, 0), (2, 1)])
def test_edits_are_counted_in_a_long_text_as_well(edits, expected):
    page = "".join(chr(ord("а") + place * place % 31) for place in range(300))
    wanted = f"{page[:100]}#{page[101:150]}#{page[151:250]}"
    fact = {"type": "present", "text": wanted, "max_diffs": edits}

    assert Score(expected, 1) == FACTS.score(page, known(fact))


@pytest.mark.parametrize(("edits", "expected"), [(1, 0), (2, 1)])
def test_a_page_may_lack_as_many_characters_as_edits_are_allowed(edits, expected):
    fact = {"type": "present", "text": "Договор №", "max_diffs": edits}

    assert Score(expected, 1) == FACTS.score("Договор", known(fact))


def test_what_is_written_after_200_000_characters_does_not_count():
    fact = {"type": "present", "text": "Акт"}

    assert Score(1, 1) == FACTS.score("x" * 199_997 + "Акт", known(fact))
    assert Score(0, 1) == FACTS.score("x" * 199_998 + "Акт", known(fact))


@pytest.mark.parametrize("first", [("Акт",), ("Акт", "Смета"), ("Договор", "Акт", "Смета")])
def test_the_list_of_facts_that_suits_best_counts(first):
    lists = [
        json.dumps([{"type": "present", "text": text} for text in texts], ensure_ascii=False)
        for texts in (first, ("Договор", "Акт"))
    ]

    assert Score(1, 2) == FACTS.score(PAGE, truth(*lists))
    assert Score(1, 2) == FACTS.score(PAGE, truth(*reversed(lists)))


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("**а** и **б**", "а и б"),
        ("__а__ и _б_", "а и б"),
        ("*а* _б_", "а б"),
        ("**а*б** __в_г__", "а*б в_г"),
        ("а * б", "а * б"),
        ("<b>а</b><i>б</i>", "аб"),
        ("а<br>б<br/>в", "а б в"),
        ("а \n\t б", "а б"),
        ("snake＿case", "snake_case"),
        ("5 µм", "5 μм"),
        ("‘а’ ‚б", "'а' 'б"),
        ("“а” „б", '"а" "б'),
        ("а–б—в‑г‒д−е", "а-б-в-г-д-е"),
        ("и\u0306", "й"),
    ],
)
def test_a_page_is_compared_without_its_markup_in_plain_signs(page, text):
    assert text == page_text(page)


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
        {"type": "present", "text": " "},
        {"type": "present", "text": "xxxx", "max_diffs": "1"},
        {"type": "present", "text": "xxxx", "max_diffs": 1.5},
        {"type": "order", "before": "x"},
        {"type": "order", "after": "x"},
        {"type": "order", "before": "", "after": "x"},
        {"type": "order", "before": "x", "after": "xxxxx", "max_diffs": 3},
        {"type": "math", "": "x"},
        5,
    ],
)
def test_what_cannot_be_judged_leaves_the_page_unscored(fact):
    good = {"type": "present", "text": "Договор"}

    result = FACTS.score(PAGE, known(good, fact))

    assert isinstance(result, Unscored)
    assert f"not a fact that can be judged: {fact}" == result.reason


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
