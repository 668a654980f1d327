import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.ocrbench_v2 import OCRBENCH_V2_KIE, OCRBENCH_V2_VQA


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("Итого: 100 РУБ.", "100 руб", 1),
        ("101", "100", 0),
        ("один\nдва", "ОДИН ДВА", 1),
        ("один два три четыре пять", "один два три четыре пять", 1),
        ("один два три четыре пят", "один два три четыре пять", 1 - 1 / 24),
        ("ответ: один два три четыре пять", "один два три четыре пять", 1 - 7 / 31),
        ("совсем другое", "один два три четыре пять", 0),
        ("да: один два три четыре", "один два три четыре", 1),
        ("a b c d e", "a b c d e" + "x" * 9, 1 / 2),
        ("a b c d e", "a b c d e" + "x" * 10, 0),
        ("a b c d e", "a b c d e" + "x" * 7, 9 / 16),
    ],
)
def test_short_targets_are_found_and_long_ones_compared(answer, target, expected):
    assert Score(expected, 1) == OCRBENCH_V2_VQA.score(answer, truth(target))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"ИНН": "7707 083893", "Сумма": "100"}', 1),
        ("{'ИНН': 7707083893, 'Сумма': '100 РУБ'}", 1),
        ('{"ИНН": "7707083893"}', 1 / 2),
        ('{"ИНН": "7707083893", "Дата": "1"}', 1 / 3),
        ('{"инн": "7707083893"}', 0),
        ("нет", 0),
        ("[1]", 0),
    ],
)
def test_right_keys_are_counted_over_all_keys(answer, expected):
    sample = truth('{"ИНН": ["7707083893"], "Сумма": ["100 руб", "100"]}')

    assert Score(expected, 1) == OCRBENCH_V2_KIE.score(answer, sample)


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ('{" a ": "x"}', '{"a": "x"}', 1),
        ('{"a": " New\\n York "}', '{"a": "new york"}', 1),
        ('{"a": "x"}', '{"a": "y"}', 0),
        ('{"a": "x"}', '{"a": "xyz"}', 0),
        ('{"a": 1.50}', '{"a": "1.5"}', 1),
        ('{"a": "1.5"}', '{"a": 1.5}', 1),
        ('{"a": null}', '{"a": "None"}', 1),
    ],
)
def test_a_value_is_right_when_its_text_is_but_for_case_and_spaces(answer, target, expected):
    assert Score(expected, 1) == OCRBENCH_V2_KIE.score(answer, truth(target))


def test_a_number_of_thousands_of_digits_is_compared_too():
    """Which Python itself refuses to write."""
    number = "1" * 5_000

    answer, target = f'{{"a": {number}}}', f'{{"a": "{number}"}}'
    assert Score(1, 1) == OCRBENCH_V2_KIE.score(answer, truth(target))


def test_the_target_with_most_right_keys_counts():
    for targets in (('{"a": "1"}', '{"b": "1"}'), ('{"b": "1"}', '{"a": "1"}')):
        assert Score(1, 1) == OCRBENCH_V2_KIE.score('{"a": "1"}', truth(*targets))


@pytest.mark.parametrize("targets", [(), ("text",), ("[1]",), ("{}",)])
def test_a_target_without_keys_is_unscored(targets):
    assert isinstance(OCRBENCH_V2_KIE.score("{}", truth(*targets)), Unscored)


def test_a_failed_sample_has_no_key():
    assert Score(0, 1) == OCRBENCH_V2_KIE.worst(truth('{"a": "1"}'))
