import pytest

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.hallusion import HALLUSION_AACC, HALLUSION_FACC, HALLUSION_QACC

SAMPLE = truth("Yes", group="chart_3", metadata={"figure_id": "1", "question_id": "0"})
METRICS = (HALLUSION_AACC, HALLUSION_FACC, HALLUSION_QACC)


@pytest.mark.parametrize("metric", METRICS)
def test_an_answer_is_right_when_it_says_the_target(metric):
    assert [1, 0, 0] == [metric.score(text, SAMPLE).value for text in ("Yes.", "no", "yes or no")]
    assert Score(0, 1) == metric.worst(SAMPLE)


def test_figures_and_questions_are_told_apart_by_set():
    assert ("chart_3_1", "chart_3_0") == (HALLUSION_FACC.key(SAMPLE), HALLUSION_QACC.key(SAMPLE))


@pytest.mark.parametrize("metric", [HALLUSION_FACC, HALLUSION_QACC])
@pytest.mark.parametrize("changes", [{"group": ""}, {"group": "chart_3", "metadata": {}}])
def test_a_sample_that_does_not_say_its_set_is_not_judged(metric, changes):
    sample = truth("Yes", **({"metadata": SAMPLE.metadata} | changes))

    assert isinstance(metric.score("yes", sample), Unscored)
    assert isinstance(metric.worst(sample), Unscored)
