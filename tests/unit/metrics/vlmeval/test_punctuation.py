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
        ("a/b 1,000", "ab 1000"),
        ("a,1 b/c", "a 1 b c"),
        ("1,a b/c", "1 a b c"),
        ("10 b/c", "10 b c"),
        ("a/ b", "a b"),
        ("a /b", "a b"),
        ("yes. no.yes 3.5 5.", "yes noyes 3.5 5."),
        ("it's", "it's"),
        ("", ""),
    ],
)
def test_known_texts(text: str, expected: str):
    """A mark becomes a space unless it touches one somewhere, or digits have a comma between."""
    assert expected == without_punctuation(text)


@pytest.mark.parametrize("mark", ';/[]"{}()=+\\_-><@`,?!')
def test_every_mark_of_the_vqa_challenge_goes(mark: str):
    assert "a b" == without_punctuation(f"a{mark}b")


@pytest.mark.parametrize("mark", ":'*#%&$|~^")
def test_other_marks_stay(mark: str):
    assert f"a{mark}b" == without_punctuation(f"a{mark}b")


def test_the_33rd_lone_period_stays():
    assert "." == without_punctuation("." * 33)


@given(st.text(alphabet="ab 1.,;/()-ю"))
def test_no_mark_is_left(text: str):
    assert not set(MARKS) & set(without_punctuation(text))
