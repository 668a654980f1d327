from hypothesis import given
from hypothesis import strategies as st

from vlmhb.comparison.side_by_side import SHOWN_CHARS, Pieces, side_by_side


def whole(pieces: Pieces) -> str:
    return "".join(text for _, text in pieces)


def same(pieces: Pieces) -> str:
    return "".join(text for kind, text in pieces if kind == "same")


def test_each_side_marks_what_the_other_lacks():
    found = side_by_side("Итого: 350,00", "Итого: 360,00 ₽")

    assert (("same", "Итого: 3"), ("missing", "5"), ("same", "0,00")) == found.a
    assert (("same", "Итого: 3"), ("added", "6"), ("same", "0,00"), ("added", " ₽")) == found.b


def test_a_short_answer_is_looked_for_in_a_long_one():
    found = side_by_side(
        "3500,00", "Well, let me see. The total that you ask for is 3500,00 roubles."
    )

    assert (("same", "3500,00"),) == found.a
    assert ["outside", "same", "outside"] == [kind for kind, _ in found.b]


def test_only_the_beginning_of_a_long_answer_is_shown():
    found = side_by_side("x" * (SHOWN_CHARS + 7), "x")

    assert (7, SHOWN_CHARS) == (found.cut, len(whole(found.a)))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(alphabet="ab\n <é"))
def test_nothing_is_lost_and_what_is_the_same_is_the_same_on_both_sides(a: str, b: str):
    found = side_by_side(a, b)

    assert (a, b) == (whole(found.a), whole(found.b))
    if a and b:
        assert same(found.a) == same(found.b)
