import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.vlmeval.punctuation import MARKS, without_punctuation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes/no", "yes no"),
        ("yes / no/maybe", "yes  nomaybe"),
        ("a-b (c)", "a b c "),
        ("1,000 a/b", "1000 ab"),
        ("yes. no.yes 3.5 5.", "yes noyes 3.5 5."),
        ("it's", "it's"),
        ("", ""),
    ],
)
def test_known_texts(text: str, expected: str):
    """A mark becomes a space unless it touches one somewhere, or digits have a comma between."""
    assert expected == without_punctuation(text)


def test_the_33rd_lone_period_stays():
    assert "." == without_punctuation("." * 33)


@given(st.text(alphabet="ab 1.,;/()-ю"))
def test_no_mark_is_left(text: str):
    assert not set(MARKS) & set(without_punctuation(text))
