import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.pages.mws_vision import MWS_VISION


@pytest.mark.parametrize(
    ("question_type", "answer", "target", "expected"),
    [
        ("text grounding ru", "[10, 10, 20, 20]", "[10, 10, 20, 20]", 1),
        ("reasoning VQA ru", "Ответ: 5", "5", 1),
        ("full-page OCR ru", "", "а б в", 0),
        ("document parsing ru", "# a\nb", "# в\nг", 1),
        ("key information extraction en", '{"a": "1"}', '{"a": "1", "b": "2"}', 0.5),
    ],
)
def test_each_type_of_question_has_its_rule(question_type, answer, target, expected):
    sample = truth(target, question_type=question_type)

    assert Score(expected, 1) == MWS_VISION.score(answer, sample)
    assert Score(0, 1) == MWS_VISION.worst(sample)


def test_an_unknown_type_is_unscored():
    sample = truth("5", question_type="antifraud ru")

    assert Unscored('unknown question type "antifraud ru"') == MWS_VISION.score("5", sample)
    assert MWS_VISION.score("5", sample) == MWS_VISION.worst(sample)
