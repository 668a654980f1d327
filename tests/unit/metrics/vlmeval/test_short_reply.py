import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.short_reply import (
    ACCURACY,
    CONTAINS,
    RELAXED_ACCURACY,
    accuracy,
    contains,
    number,
    relaxed_accuracy,
)

ALL = (ACCURACY, CONTAINS, RELAXED_ACCURACY)


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        (" Кот\n", "кот", 1),
        ("кот", "\tКОТ ", 1),
        ("кот.", "кот", 0),
        ("чёт", "чет", 0),
        ("", " ", 1),
        ("a  b", "a b", 0),
    ],
)
def test_accuracy_is_equality_but_for_case_and_outer_space(answer, target, expected):
    assert expected == accuracy(answer, target)


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("Ответ: Кот.", "кот", 1),
        ("кот", "Кот.", 1),
        ("котик", "кот", 1),
        ("к.о.т", "кот", 1),
        ("1.000", "1000", 1),
        ("кит", "кот", 0),
        ("кот  пёс", "кот пёс", 0),
        ("что угодно", " . ", 1),
        ("", "", 1),
    ],
)
def test_a_target_anywhere_in_the_answer_will_do(answer, target, expected):
    """Inside a word, too; and an empty one is everywhere."""
    assert expected == contains(answer, target)


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("105", "100", 1),
        ("95", "100", 1),
        ("105.1", "100", 0),
        ("-105", "-100", 1),
        ("100", "-100", 0),
        ("5%", "0.05", 1),
        ("5%", "5", 0),
        ("5", "5%", 0),
        ("5.2%", "5%", 1),
        ("5%%", "5%", 1),
        ("0", "0", 1),
        ("0.0", "0", 0),
        ("0.0001", "0", 0),
        ("0%", "0", 0),
        (" 10 ", "10", 1),
        ("Кот", "кОТ", 1),
        (" кот\n", "кот", 1),
        ("кот", " кот", 0),
        ("кот", "10", 0),
        ("10", "кот", 0),
        ("1,000", "1000", 0),
        ("1_000", "1000", 1),
        ("1e3", "1000", 1),
        ("%", "%", 1),
        ("nan", "nan", 0),
        ("inf", "inf", 0),
        ("1", "inf", 0),
        ("", "", 1),
        ("", "1", 0),
    ],
)
def test_numbers_are_right_within_5_percent_and_texts_when_equal(answer, target, expected):
    """All as ChartQA's rule has it, odd outcomes included."""
    assert expected == relaxed_accuracy(answer, target)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("5%", 0.05), ("-1.5", -1.5), (" 7\n", 7), ("٣", 3), ("5 %", 0.05), ("кот", None), ("", None)],
)
def test_what_reads_as_a_number(text, expected):
    assert expected == number(text)


@pytest.mark.parametrize("metric", ALL)
def test_any_target_will_do(metric):
    assert Score(1.0, 1) == metric.score("кот", truth("10", "кот", "пёс"))
    assert Score(0.0, 1) == metric.score("кит", truth("10", "кот", "пёс"))


@pytest.mark.parametrize("metric", ALL)
def test_without_a_target_there_is_no_score(metric):
    assert Unscored("the sample has no target") == metric.score("кот", truth())


@given(st.text())
def test_a_text_is_right_for_itself(text):
    assert 1 == accuracy(text, text) == contains(text, text)


@given(st.text(), st.text())
def test_relaxed_accuracy_is_0_or_1(answer, target):
    assert relaxed_accuracy(answer, target) in {0, 1}
