import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.ordering.order_metrics import KENDALL_TAU, ORDER_ACCURACY, SPEARMAN_RHO

ALL = (KENDALL_TAU, SPEARMAN_RHO, ORDER_ACCURACY)
PAGES = st.lists(st.integers(0, 99), min_size=2, max_size=12, unique=True)


def written(order) -> str:
    return ", ".join(map(str, order))


@settings(deadline=None)
@given(PAGES.flatmap(lambda pages: st.tuples(st.permutations(pages), st.permutations(pages))))
def test_the_figures_are_those_of_the_oracle(orders):
    """Computed as VLMHyperBench's bench_utils does, without its rounding."""
    true, given_order = orders
    places = {page: place for place, page in enumerate(true)}
    tau = kendalltau(range(len(true)), [places[page] for page in given_order])[0]
    rho = spearmanr(true, given_order)[0]
    right = sum(a == b for a, b in zip(true, given_order, strict=True)) / len(true)

    for metric, expected in zip(ALL, (tau, rho, right), strict=True):
        result = metric.score(written(given_order), truth(written(true)))

        assert isinstance(result, Score)
        assert expected == pytest.approx(result.numerator, abs=1e-12)


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    "answer", ["1, 2", "1, 2, 3, 4", "1, 2, 3, 3", "1, 2, 4", "1, 2, 2", "нет", ""]
)
def test_another_set_of_pages_gets_nothing(metric, answer):
    assert Score(0, 1) == metric.score(answer, truth("1, 2, 3"))


@pytest.mark.parametrize("metric", ALL)
def test_a_single_page_is_in_order(metric):
    assert Score(1, 1) == metric.score("7", truth("7"))


@pytest.mark.parametrize(
    ("metric", "expected"), [(KENDALL_TAU, -1), (SPEARMAN_RHO, -1), (ORDER_ACCURACY, 1 / 3)]
)
def test_the_reverse_order_is_the_worst_there_is(metric, expected):
    assert Score(expected, 1) == metric.score("3, 2, 1", truth("1, 2, 3"))


@pytest.mark.parametrize("metric", ALL)
def test_the_best_target_counts(metric):
    assert Score(1, 1) == metric.score("3, 2, 1", truth("1, 2, 3", "3, 2, 1"))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("targets", [(), ("нет",), ("1, 1, 2",)])
def test_a_target_that_is_no_order_is_unscored(metric, targets):
    assert Unscored("no target is an order of different pages") == metric.score(
        "1", truth(*targets)
    )


@pytest.mark.parametrize(
    ("metric", "lowest"), [(KENDALL_TAU, -1), (SPEARMAN_RHO, -1), (ORDER_ACCURACY, 0)]
)
def test_a_failed_sample_gets_the_lowest_figure_there_is(metric, lowest):
    assert Score(lowest, 1) == metric.worst(truth("1, 2, 3"))
    assert Score(0, 1) == metric.worst(truth("7"))
    assert Score(0, 1) == metric.worst(truth("1, 2, 3", "7"))
    assert isinstance(metric.worst(truth("нет")), Unscored)


@pytest.mark.parametrize("metric", ALL)
@given(
    st.lists(PAGES.flatmap(st.permutations).map(written), min_size=1, max_size=2),
    st.one_of(PAGES.map(written), st.permutations([1, 2, 3]).map(written), st.text()),
)
def test_failing_is_never_better_than_any_answer(metric, targets, answer):
    sample = truth("1, 2, 3", *targets)

    assert metric.worst(sample).numerator <= metric.score(answer, sample).numerator
