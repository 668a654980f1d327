from collections import Counter

import pytest

from vlmhb.metrics.text.ngrams import ngrams, shared


@pytest.mark.parametrize(
    ("order", "expected"), [(1, ["а", "б", "в"]), (2, ["аб", "бв"]), (3, ["абв"]), (4, [])]
)
def test_every_run_of_neighbours_is_there(order, expected):
    assert expected == list(ngrams("абв", order))


def test_runs_of_words_are_tuples():
    assert [("а", "б"), ("б", "в")] == list(ngrams(("а", "б", "в"), 2))


def test_a_run_is_shared_as_often_as_both_have_it():
    assert 3 == shared(iter("ааабг"), Counter("аабв"))
    assert 2 == shared(iter("аб"), Counter("аааббб"))
