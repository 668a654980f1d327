import json

import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.structured.kie_f1 import KIE_F1, KIE_F1_DOCUMENT

INVOICE = truth('{"номер": "2387", "дата": "15.08.2025", "итого": "449 764,88"}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"номер": "2387", "дата": "15.08.2025", "итого": "449764,88"}', Score(6, 6)),
        ('{"номер": "2387", "дата": "16.08.2025"}', Score(2, 5)),
        ('{"номер": "2387", "инн": "7"}', Score(2, 5)),
        ("номер 2387", Score(0, 3)),
    ],
)
def test_f1_is_twice_the_shared_pairs_over_the_pairs_of_both(text, expected):
    assert expected == KIE_F1.score(text, INVOICE)


def test_broken_json_is_mended_first():
    assert Score(2, 4) == KIE_F1.score("{'номер': '2387', ", INVOICE)


def test_each_answer_counts_as_one_for_documents():
    assert Score(2 / 5, 1) == KIE_F1_DOCUMENT.score('{"номер": "2387", "инн": "7"}', INVOICE)


def test_the_target_with_the_highest_f1_counts():
    sample = truth('{"a": 1, "b": 2}', '{"a": 1}')

    assert Score(2, 2) == KIE_F1.score('{"a": 1}', sample)


@pytest.mark.parametrize(
    ("text", "micro", "own"),
    [('{"a": null}', Score(0, 0), Score(1, 1)), ('{"a": "x"}', Score(0, 1), Score(0, 1))],
)
def test_an_empty_field_is_right_when_left_empty(text, micro, own):
    assert micro == KIE_F1.score(text, truth('{"a": ""}'))
    assert own == KIE_F1_DOCUMENT.score(text, truth('{"a": ""}'))


@pytest.mark.parametrize("target", ["{}", '{"a": null, "b": ""}', "[]"])
def test_an_answer_without_json_is_wrong_even_where_nothing_is_to_be_found(target):
    for text in ("", "qqq zzz"):
        assert Score(0, 1) == KIE_F1_DOCUMENT.score(text, truth(target))
    assert Score(0, 1) == KIE_F1_DOCUMENT.worst(truth(target))
    assert Score(1, 1) == KIE_F1_DOCUMENT.score("{}", truth(target))


@pytest.mark.parametrize("metric", [KIE_F1, KIE_F1_DOCUMENT])
@pytest.mark.parametrize("targets", [(), ("text",), ("5",), ('{"a": ',)])
def test_a_target_that_is_no_json_is_unscored(metric, targets):
    assert isinstance(metric.score("{}", truth(*targets)), Unscored)
    assert isinstance(metric.worst(truth(*targets)), Unscored)


def test_a_failed_sample_misses_every_pair():
    assert Score(0, 3) == KIE_F1.worst(INVOICE)
    assert Score(0, 1) == KIE_F1_DOCUMENT.worst(INVOICE)


def test_a_runaway_list_is_counted_in_full():
    answer = json.dumps({"номер": ["2387"] * 5_000})

    assert Score(2, 5_003) == KIE_F1.score(answer, INVOICE)
