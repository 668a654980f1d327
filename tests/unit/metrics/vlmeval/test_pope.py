from dataclasses import replace

import pytest

from tests.build import loaded, truth
from vlmhb.domain.score import SampleScore, Score, Unscored
from vlmhb.metrics.aggregation.aggregate import summarise
from vlmhb.metrics.vlmeval.pope import POPE_ACCURACY, POPE_F1, POPE_PRECISION, POPE_RECALL

ANSWERED = (("Yes", "yes"), ("Yes", "no"), ("No", "yes"), ("No", "no"), ("No", "no"))
METRICS = (POPE_F1, POPE_PRECISION, POPE_RECALL, POPE_ACCURACY)


@pytest.mark.parametrize(
    ("target", "answer", "f1", "precision", "recall", "accuracy"),
    [
        ("Yes", "yes", (2, 2), (1, 1), (1, 1), (1, 1)),
        ("Yes", "no", (0, 1), (0, 0), (0, 1), (0, 1)),
        ("Yes", "maybe", (0, 1), (0, 0), (0, 1), (0, 1)),
        ("No", "yes", (0, 1), (0, 1), (0, 0), (0, 1)),
        ("No", "no", (0, 0), (0, 0), (0, 0), (1, 1)),
        ("No", "maybe", (0, 0), (0, 0), (0, 0), (0, 1)),
    ],
)
def test_what_an_answer_adds(target, answer, f1, precision, recall, accuracy):
    """An answer that says neither counts as No, but is never right."""
    scores = [metric.score(answer, truth(target)) for metric in METRICS]

    assert [Score(*pair) for pair in (f1, precision, recall, accuracy)] == scores


@pytest.mark.parametrize(("target", "opposite"), [("Yes", "No"), ("No", "Yes")])
@pytest.mark.parametrize("metric", METRICS)
def test_the_worst_is_the_opposite_of_the_right_answer(metric, target: str, opposite: str):
    assert metric.score(opposite, truth(target)) == metric.worst(truth(target))


@pytest.mark.parametrize("metric", METRICS)
def test_other_targets_are_not_judged(metric):
    assert isinstance(metric.score("yes", truth("A")), Unscored)
    assert isinstance(metric.worst(truth("A")), Unscored)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [(POPE_F1, 2 / 4), (POPE_PRECISION, 1 / 2), (POPE_RECALL, 1 / 2), (POPE_ACCURACY, 3 / 5)],
)
def test_what_adds_nothing_to_a_figure_is_scored_nevertheless(metric, expected):
    """A true negative was judged: it is neither failed nor unscored, and no part of the figure."""
    samples = [replace(truth(target), id=str(place)) for place, (target, _) in enumerate(ANSWERED)]
    scores = [
        SampleScore("m", "fields", sample.id, metric.name, metric.score(answer, sample))
        for sample, (_, answer) in zip(samples, ANSWERED, strict=True)
    ]

    summary, *_ = summarise(scores, (loaded(tuple(samples)),), 0)

    assert expected == summary.value
    assert (5, 0, 0) == (summary.n_scored, summary.n_failed, summary.n_unscored)
