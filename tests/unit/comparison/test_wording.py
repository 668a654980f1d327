import pytest

from vlmhb.comparison.wording import difference, p_text, signed
from vlmhb.metrics.paired.compare import Delta


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "+0.012"), (-0.5, "−0.500"), (0.0, "0.000"), (-0.0, "0.000"), (None, "–")],
)
def test_differences_have_a_sign(value: float | None, text: str):
    assert text == signed(value)


@pytest.mark.parametrize(
    ("p", "text"),
    [(None, "–"), (1.0, "1.000"), (0.0312, "0.031"), (0.0041, "0.0041"), (0.00001, "<0.0001")],
)
def test_small_p_values_keep_their_digits(p: float | None, text: str):
    assert text == p_text(p)


def test_a_difference_without_an_interval_stands_alone():
    assert "+0.200" == difference(Delta(0.1, 0.3, None, None, 3, 3))
    assert "+20.0 [−1.0 to +41.0]" == difference(Delta(0.1, 0.3, -0.01, 0.41, 9, 9), 100.0)
