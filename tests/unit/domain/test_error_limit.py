"""How many failures are too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.error_limit import FEWEST, NO_LIMIT, USUAL_LIMIT, ErrorLimit, read_limit

counts = st.integers(0, 2_000)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("0", ErrorLimit(number=0)),
        ("20", ErrorLimit(number=20)),
        ("5%", ErrorLimit(share=0.05)),
        (" 12.5 % ", ErrorLimit(share=0.125)),
        ("0%", ErrorLimit(share=0.0)),
        ("100%", NO_LIMIT),
    ],
)
def test_a_limit_is_a_number_or_a_share(text: str, limit: ErrorLimit):
    assert limit == read_limit(text)


@pytest.mark.parametrize("text", ["", "x", "-1", "-1%", "0.05", "101%", "nan%", "inf%", "5%%", "%"])
def test_anything_else_is_refused(text: str):
    with pytest.raises(ValueError, match="a whole number like 20, or a share like 5%"):
        read_limit(text)


@given(limit=st.one_of(st.builds(ErrorLimit, number=counts), st.just(USUAL_LIMIT)))
def test_a_limit_is_read_as_it_is_written(limit: ErrorLimit):
    assert limit == read_limit(str(limit))


@given(number=counts, answered=counts, failed=counts)
def test_a_number_is_exact(number: int, answered: int, failed: int):
    limit = ErrorLimit(number=number)

    passed = limit.passed(planned=5_000, answered=answered, failed=failed)

    assert (failed > number) == bool(passed)


@given(planned=counts, failed=counts, answered=st.integers(1, 2_000))
def test_a_share_is_of_all_that_is_planned_once_it_says_something(
    planned: int, failed: int, answered: int
):
    passed = USUAL_LIMIT.passed(planned=planned, answered=answered, failed=failed)

    assert (failed > FEWEST and failed > 0.05 * planned) == bool(passed)


@given(planned=counts, failed=counts)
def test_a_model_that_never_answered_is_asked_a_few_times_at_most(planned: int, failed: int):
    passed = USUAL_LIMIT.passed(planned=planned, answered=0, failed=failed)

    assert (failed > FEWEST) == bool(passed)


@given(planned=counts, failed=counts)
def test_without_a_limit_nothing_is_too_much(planned: int, failed: int):
    assert not NO_LIMIT.passed(planned=planned, answered=0, failed=failed)
