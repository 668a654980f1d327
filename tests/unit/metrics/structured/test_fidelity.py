import pytest

from tests.build import loaded, truth
from vlmhb.domain.score import SampleScore, Score
from vlmhb.metrics.aggregation.aggregate import summarise
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


def test_of_the_answers_with_json_the_share_that_took_mending_counts():
    """Those without are scored: the three shares of all answers follow from both figures."""
    answers = {"1": '{"a": 1}', "2": '{"a": 1,}', "3": "нет", "4": "", "5": '{"a": 2}'}
    task = loaded(tuple(truth(id=each) for each in answers))
    scores = [
        SampleScore("m", "fields", each, metric.name, metric.score(text, truth()))
        for metric in (JSON_VALID, JSON_REPAIRED)
        for each, text in answers.items()
    ]

    figures = {
        summary.metric: (summary.value, summary.n_scored, summary.n_unscored)
        for summary in summarise(scores, (task,), 0)
        if summary.grouping == "general"
    }

    assert {"json_valid": (2 / 5, 5, 0), "json_repaired": (1 / 3, 5, 0)} == figures
