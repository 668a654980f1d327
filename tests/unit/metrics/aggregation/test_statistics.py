import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlmhb.metrics.aggregation import statistics
from vlmhb.metrics.aggregation.figures import GroupFigure, ratio
from vlmhb.metrics.aggregation.statistics import bootstrap_intervals, draws, generator


def interval(numerators: list[float], denominators: list[float], *key: str) -> tuple[float, float]:
    sums = np.stack((np.array(numerators), np.array(denominators)))
    (found,) = bootstrap_intervals(len(numerators), [GroupFigure(ratio, sums)], generator(*key))
    assert found is not None
    return found


@pytest.mark.parametrize("documents", [0, 1, 2, 4])
def test_below_five_documents_there_is_no_interval(documents):
    figure = GroupFigure(ratio, np.ones((2, documents)))

    assert [None] == bootstrap_intervals(documents, [figure], generator("any"))


def test_documents_that_agree_leave_no_doubt():
    assert (0.25, 0.25) == interval([1.0, 2.0, 4.0, 1.0, 3.0], [4.0, 8.0, 16.0, 4.0, 12.0])


def test_the_same_key_gives_the_same_interval():
    numerators = [float(n * n % 17) for n in range(20)]
    denominators = [float(10 + n) for n in range(20)]

    assert interval(numerators, denominators, "a") == interval(numerators, denominators, "a")
    assert interval(numerators, denominators, "a") != interval(numerators, denominators, "b")


def test_the_draws_are_the_same_on_every_machine():
    assert [480, 142, 330, 109] == generator(0, "m", ("ru",)).integers(0, 1000, 4).tolist()


def test_a_draw_takes_as_many_documents_as_there_are():
    """The one that is 1 comes not at all in 33 %, thrice in 5 % and four times in 0.6 %."""
    assert (0.0, 0.6) == interval([0.0, 0.0, 0.0, 0.0, 1.0], [1.0] * 5)


def test_published_intervals_stay_what_they_are():
    numerators = [float(n * n % 17) for n in range(20)]
    denominators = [float(10 + n) for n in range(20)]

    low, high = interval(numerators, denominators, "m", "cer")

    assert 0.22769331853093777 == pytest.approx(low, rel=1e-12)
    assert 0.5027398179675221 == pytest.approx(high, rel=1e-12)


def test_it_is_the_normal_interval_where_that_is_known():
    """For a mean of many documents, about 1.96 standard errors to either side."""
    values = np.random.Generator(np.random.PCG64(5)).random(2000)
    expected = 1.96 * values.std() / np.sqrt(values.size)

    low, high = interval(values.tolist(), np.ones(2000).tolist())

    assert expected == pytest.approx((high - low) / 2, rel=0.1)
    assert values.mean() == pytest.approx((high + low) / 2, abs=expected / 5)


@pytest.mark.parametrize("documents", [2, 301, statistics.DRAWS_AT_ONCE // 7])
def test_every_draw_has_as_many_documents_as_there_are(documents):
    """And there are 2,000 of them, however many fit into memory at once."""
    chunks = list(draws(documents, generator("any")))

    assert statistics.RESAMPLES == sum(map(len, chunks))
    assert {documents} == {int(total) for chunk in chunks for total in chunk.sum(axis=1)}
    assert max(chunk.size for chunk in chunks) <= statistics.DRAWS_AT_ONCE


def test_a_draw_without_a_figure_is_left_out():
    """Most documents add nothing, so some draws have no denominator."""
    sums = np.array([[1.0, 0.0, 0.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0, 0.0]])

    (found,) = bootstrap_intervals(5, [GroupFigure(ratio, sums)], generator("any"))

    assert (0.5, 0.5) == found


def test_a_figure_that_no_draw_has_leaves_no_interval():
    (found,) = bootstrap_intervals(5, [GroupFigure(ratio, np.zeros((2, 5)))], generator("any"))

    assert found is None


def test_memory_stays_bounded_with_many_documents():
    """More documents than are drawn at once: every chunk holds a single draw of all of them."""
    documents = statistics.DRAWS_AT_ONCE // (statistics.RESAMPLES // 2) + 1

    low, high = interval([1.0] * documents, [2.0] * documents)

    assert (0.5, 0.5) == (low, high)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 100)), min_size=5, max_size=20))
def test_the_interval_lies_between_the_extreme_documents(fractions):
    numerators = [float(numerator) for numerator, _ in fractions]
    denominators = [float(denominator) for _, denominator in fractions]
    values = [numerator / denominator for numerator, denominator in fractions]

    low, high = interval(numerators, denominators)

    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12
