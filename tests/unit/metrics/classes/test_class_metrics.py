import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.classes.class_metrics import (
    CLASS_ACCURACY,
    CLASS_F1_MACRO,
    CLASS_F1_WEIGHTED,
    CLASS_PRECISION_WEIGHTED,
    CLASS_RECALL_WEIGHTED,
)
from vlmhb.metrics.interface import CorpusMetric

CHOICES = (("a", "Акт"), ("b", "Бланк"), ("c", "Чек"))
FIGURES = (CLASS_F1_MACRO, CLASS_F1_WEIGHTED, CLASS_PRECISION_WEIGHTED, CLASS_RECALL_WEIGHTED)
PAIRS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "c", "None"])), min_size=1
)


def summed(metric: CorpusMetric, pairs) -> np.ndarray:
    scores = [metric.score(answer, truth(target, choices=CHOICES)) for target, answer in pairs]
    counts = np.array([score.counts for score in scores if isinstance(score, Score)])
    return np.asarray(counts.sum(axis=0))


@settings(deadline=None)
@given(PAIRS)
def test_the_figures_are_those_of_the_oracle(pairs):
    true, named = zip(*pairs, strict=True)
    options = {"zero_division": 0}
    expected = (
        f1_score(true, named, average="macro", **options),
        f1_score(true, named, average="weighted", **options),
        precision_score(true, named, average="weighted", **options),
        recall_score(true, named, average="weighted", **options),
    )

    for metric, figure in zip(FIGURES, expected, strict=True):
        assert figure == pytest.approx(float(metric.figures(summed(metric, pairs))), abs=1e-12)


@settings(deadline=None)
@given(PAIRS)
def test_accuracy_is_that_of_the_oracle(pairs):
    true, named = zip(*pairs, strict=True)
    scores = [
        CLASS_ACCURACY.score(answer, truth(target, choices=CHOICES)) for target, answer in pairs
    ]

    assert accuracy_score(true, named) == pytest.approx(
        sum(score.numerator for score in scores if isinstance(score, Score)) / len(pairs)
    )


@pytest.mark.parametrize("metric", FIGURES)
def test_many_groups_are_figured_at_once(metric):
    counts = summed(metric, [("a", "a"), ("b", "a")])
    nothing = np.zeros_like(counts)

    figures = metric.figures(np.array([[counts, nothing], [2 * counts, counts]]))

    assert (2, 2) == figures.shape
    assert figures[0, 0] == figures[1, 0] == figures[1, 1]
    assert np.isnan(figures[0, 1])


@pytest.mark.parametrize("metric", FIGURES)
def test_classes_are_counted_by_name_whatever_the_order_of_the_choices(metric):
    turned = metric.score("b", truth("a", choices=CHOICES[::-1]))

    assert metric.score("b", truth("a", choices=CHOICES)) == turned


@pytest.mark.parametrize("metric", FIGURES)
def test_other_classes_are_not_added_up(metric):
    other = (("a", "Акт"), ("b", "Бланк"), ("d", "Договор"))
    one, two = (metric.score("a", truth("a", choices=choices)) for choices in (CHOICES, other))

    with pytest.raises(ValueError, match="different classes"):
        metric.figures(np.array(one.counts) + np.array(two.counts))


@pytest.mark.parametrize("metric", [CLASS_ACCURACY, *FIGURES])
def test_any_target_will_do(metric):
    sample = truth("Акт", "Бланк", choices=CHOICES)

    result = metric.score("b", sample)

    assert isinstance(result, Score)
    assert result.value == 1


@pytest.mark.parametrize("metric", [CLASS_ACCURACY, *FIGURES])
@pytest.mark.parametrize(
    "sample", [truth("a"), truth("d", choices=CHOICES), truth(choices=CHOICES)]
)
def test_a_sample_without_a_true_class_is_unscored(metric, sample):
    assert isinstance(metric.score("a", sample), Unscored)
    assert isinstance(metric.worst(sample), Unscored)


@pytest.mark.parametrize("metric", FIGURES)
def test_a_failed_sample_names_no_class(metric):
    sample = truth("a", choices=CHOICES)

    assert metric.score("None", sample) == metric.worst(sample)
    assert Score(0, 1) == CLASS_ACCURACY.worst(sample)
