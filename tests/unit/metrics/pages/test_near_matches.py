import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from vlmhb.metrics.pages.near_matches import fewest_edits, near_starts

TEXTS = st.text(alphabet="абв", max_size=10)


@pytest.mark.parametrize(
    ("wanted", "text", "edits", "starts"),
    [
        ("кот", "кот и кот", 0, (0, 6)),
        ("кот", "кит и рот", 0, ()),
        ("собака", "а вот сабака и собака", 1, (6, 15)),
        ("собака", "а вот сбака", 1, (6,)),
        ("собака", "", 2, ()),
        ("абвг", "абвгабвг", 1, (0, 4)),
    ],
)
def test_places_are_those_of_the_best_cut(wanted, text, edits, starts):
    assert starts == near_starts(wanted, text, edits)


@settings(deadline=None)
@given(TEXTS.filter(bool), TEXTS)
def test_each_end_has_the_edits_to_the_part_most_like_it(wanted, text):
    expected = [
        min(Levenshtein.distance(wanted, text[start:end]) for start in range(end + 1))
        for end in range(len(text) + 1)
    ]

    assert expected == fewest_edits(wanted, text).tolist()
