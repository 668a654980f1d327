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


@pytest.mark.parametrize("targets", [(), ("text",), ("[1]",), ("{}",)])
def test_a_target_without_keys_is_unscored(targets):
    assert isinstance(OCRBENCH_V2_KIE.score("{}", truth(*targets)), Unscored)


def test_a_failed_sample_has_no_key():
    assert Score(0, 1) == OCRBENCH_V2_KIE.worst(truth('{"a": "1"}'))
