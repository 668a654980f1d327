import pytest

from vlmhb.env.specifier import as_marker, lowest_version
from vlmhb.errors import EnvError


def test_a_specifier_becomes_the_marker_that_says_the_same():
    marker = as_marker(">=3.10, <3.13")

    assert "python_full_version >= '3.10' and python_full_version < '3.13'" == marker


@pytest.mark.parametrize(
    ("expected", "specifier"),
    [("3.10", ">=3.10,<3.13"), ("3.11", "<3.12,>=3.11"), ("3.11", "==3.11.*"), ("3.9", "~=3.9")],
)
def test_the_lowest_version_is_the_one_a_lock_must_serve(expected, specifier):
    assert expected == lowest_version(specifier)


@pytest.mark.parametrize("specifier", ["<3.13", "python3", "", ">=3.10;", ">=3.11,<3.10"])
def test_a_specifier_without_a_lower_end_is_refused(specifier):
    with pytest.raises(EnvError, match="Python versions"):
        lowest_version(specifier)
