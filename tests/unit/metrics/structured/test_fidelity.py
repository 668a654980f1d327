import pytest

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.structured.fidelity import JSON_REPAIRED, JSON_VALID


@pytest.mark.parametrize(
    ("text", "valid", "repaired"),
    [
        ('{"a": 1}', Score(1, 1), Score(0, 1)),
        ('Вот: ```json\n{"a": 1}\n```', Score(1, 1), Score(0, 1)),
        ('{"a": 1,}', Score(0, 1), Score(1, 1)),
        ("нет", Score(0, 1), Score(0, 0)),
    ],
)
def test_an_answer_is_valid_mended_or_neither(text, valid, repaired):
    assert valid == JSON_VALID.score(text, truth())
    assert repaired == JSON_REPAIRED.score(text, truth())


def test_a_failed_sample_is_neither_valid_nor_free_of_repair():
    assert Score(0, 1) == JSON_VALID.worst(truth())
    assert Score(1, 1) == JSON_REPAIRED.worst(truth())
