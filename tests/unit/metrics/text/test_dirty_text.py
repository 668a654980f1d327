"""Text as pages give it: any white space, stray marks, pieces of letters, other scripts."""

import re
import unicodedata

import jiwer
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.text import normalize
from vlmhb.metrics.text.edit_rate import CER, WER, words_between_spaces
from vlmhb.metrics.text.words import WORD, words

SPACES = " \t\n\v\f\r\x1c\x1f\x85\u00a0\u1680\u2003\u2028\u202f\u3000"
MARKS = "\u0301\u0306\u0308\u0327\u200b\u00ad\ufeff\u200f"
LETTERS = "кйeё1ßé합\u1112\u1161漢カ😀\ud800\x00«»_-—`№$²"
DIRTY = st.text(st.sampled_from(f"{SPACES}   {MARKS}{LETTERS}"), max_size=60)
TARGETS = DIRTY.filter(words_between_spaces)
NUMBERS = st.text(st.sampled_from("0123456 \u00a0\u202f.,²٣x"), max_size=24)


def summed(metric, pairs) -> float:
    scores = [metric.score(answer, truth(target)) for target, answer in pairs]
    whole = [score for score in scores if isinstance(score, Score)]
    return sum(score.numerator for score in whole) / sum(score.denominator for score in whole)


@pytest.mark.parametrize(("metric", "oracle"), [(CER, jiwer.cer), (WER, jiwer.wer)])
@given(pairs=st.lists(st.tuples(TARGETS, DIRTY), min_size=1, max_size=5))
@example(pairs=[("a \tb\u00a0\u2003c\n", "\x1ca\n b\u00a0c")])
def test_rates_are_those_of_jiwer(metric, oracle, pairs):
    targets, answers = map(list, zip(*pairs, strict=True))

    assert oracle(targets, answers) == pytest.approx(summed(metric, pairs), abs=1e-12, rel=1e-12)


@given(DIRTY)
def test_letters_are_composed_as_unicode_says(text):
    assert unicodedata.normalize("NFC", text) == normalize.nfc(text)


@given(st.one_of(DIRTY, st.text()))
def test_every_mark_becomes_a_space_and_nothing_else_does(text):
    expected = [
        " " if unicodedata.category(one).startswith("P") or one in "`|~^" else one for one in text
    ]

    assert "".join(expected) == normalize.punctuation(text)


@given(NUMBERS)
@example("1234 567 8 901 2345, 67 890")
def test_only_a_number_of_its_own_is_joined(text):
    """One to three digits that follow no digit, point or comma, then threes to the number's end."""
    number = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u2007\u2009\u202f]\d{3})+(?!\d)")
    joined = number.sub(lambda found: re.sub(r"\s", "", found[0]), text)

    assert joined == normalize.digit_groups(text)


@given(DIRTY)
def test_words_are_cut_alike_with_and_without_han(text):
    assert WORD.findall(normalize.DOCUMENT(text)) == words(text)
