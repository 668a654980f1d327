import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.pages.document_parsing import DOCUMENT_PARSING, outline
from vlmhb.metrics.trees.shape import shape_of

PAGE = "Шапка\n# Раздел\nстрока\nстрока\n\n## Раздел\nстрока"


def test_headings_of_any_level_hold_the_lines_below_them():
    assert shape_of([0, 1, 1, 2, 2, 1, 2])[0] == outline(PAGE)


@pytest.mark.parametrize("page", ["##b\nc", " #b\nc", " ## b\nc", "*# b*\nc"])
def test_a_heading_may_be_set_in_or_emphasised(page):
    assert shape_of([0, 1, 2])[0] == outline(page)


def test_a_mark_of_two_behind_white_space_makes_no_heading():
    """So it is in the source; the text itself stays."""
    assert outline("a\nb\nc") == outline("a\n ##b\nc ##d")


def test_lines_before_any_heading_stand_side_by_side():
    assert shape_of([0, 1, 1, 1])[0] == outline("a\nb\nc")


def test_what_is_written_after_200_000_characters_does_not_count():
    long = "\n" * (200_000 - len(PAGE)) + "x"

    for one, other in ((PAGE + long, PAGE), (PAGE, PAGE + long)):
        assert Score(1, 1) == DOCUMENT_PARSING.score(one, truth(other))
    last = DOCUMENT_PARSING.score(PAGE + long[1:], truth(PAGE))
    assert isinstance(last, Score)
    assert last.numerator < 1


@pytest.mark.parametrize("line", ["**", "___", "<bos>", "<eos>", "<pad> <unk>", "  "])
def test_a_line_of_marks_is_no_line(line):
    assert outline(PAGE) == outline(f"{PAGE}\n{line}")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (PAGE, 1),
        ("a\n# b\nc\nd\n# e\nf", 1),
        ("a\n# b\nc\n# e\nf", 1 - 1 / 7),
        ("a\nb\nc\nd\ne\nf", 1 - 4 / 7),
        ("", 1 - 6 / 7),
    ],
)
def test_the_form_counts_and_the_words_do_not(answer, expected):
    """Without headings two lines are too many, and two headings are missing."""
    result = DOCUMENT_PARSING.score(answer, truth(PAGE))

    assert isinstance(result, Score)
    assert expected == pytest.approx(result.numerator)


def test_an_outline_too_large_to_compare_gets_nothing():
    assert Score(0, 1) == DOCUMENT_PARSING.score("x\n" * 60_000, truth("x\n" * 3_000))


@settings(deadline=None)
@given(st.text(alphabet="# a\n*_"), st.text(alphabet="# a\n*_"))
def test_it_is_symmetric_and_a_share(one, other):
    result = DOCUMENT_PARSING.score(one, truth(other))

    assert isinstance(result, Score)
    assert 0 <= result.numerator <= 1
    assert DOCUMENT_PARSING.score(other, truth(one)) == result
