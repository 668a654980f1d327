import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.pages.full_page_ocr import FULL_PAGE_OCR, bleu, meteor, words_f1

WORDS = st.lists(st.sampled_from("аб"), max_size=20)
EIGHT = "а б в г д е ж з"


@settings(deadline=None)
@given(WORDS, WORDS)
def test_bleu_is_that_of_the_oracle(answer, target):
    """Sacrebleu without smoothing says 0 as well where no four words in a row are shared."""
    oracle = BLEU(tokenize="none", smooth_method="none", effective_order=False)
    expected = oracle.sentence_score(" ".join(answer), [" ".join(target)]).score / 100

    assert expected == pytest.approx(bleu(answer, target), abs=1e-9)


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        (EIGHT, EIGHT, 1),
        (EIGHT, f"{EIGHT} и к", math.exp(1 - 10 / 8)),
        (f"{EIGHT} и к", EIGHT, (8 / 10 * 7 / 9 * 6 / 8 * 5 / 7) ** 0.25),
        ("а б в", EIGHT, 0),
    ],
)
def test_bleu_is_the_mean_of_four_precisions_less_for_a_short_answer(answer, target, expected):
    assert expected == pytest.approx(bleu(answer.split(), target.split()))


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("а б в", "а б в", 1 - 0.5 / 27),
        ("а б в", "А Б В", 1 - 0.5 / 27),
        ("а б в г", "а б", (0.5 / (0.9 * 0.5 + 0.1)) * (1 - 0.5 / 8)),
        ("А Б В", "а б в", 1 - 0.5 / 27),
        ("в б а", "а б в", 0.5),
        ("а б", "а б в г", (0.5 / (0.9 + 0.1 * 0.5)) * (1 - 0.5 / 8)),
        ("б а", "а б а", (2 / 3) / (0.9 + 0.2 / 3) * (1 - 0.5 / 8)),
        ("г", "а б в", 0),
        ("", "а", 0),
    ],
)
def test_meteor_follows_its_definition(answer, target, expected):
    assert expected == pytest.approx(meteor(answer.split(), target.split()))


def test_words_are_counted_once_for_f1():
    assert words_f1(["а", "а", "б"], ["а", "в"]) == 0.5
    assert 4 / 5 == words_f1(["а", "б", "в"], ["а", "б"])
    assert [0, 0, 0] == [words_f1([], ["а"]), words_f1(["а"], []), words_f1([], [])]


def test_what_is_written_after_200_000_characters_does_not_count():
    page = f"{EIGHT} " * (200_000 // 16)

    assert FULL_PAGE_OCR.score(page, truth(page)) == FULL_PAGE_OCR.score(
        f"{page}и ещё", truth(f"{page}не то")
    )


def test_the_figure_is_the_mean_of_the_four():
    answer, target = "а б в г д", "а б в г е"
    four = (
        bleu(answer.split(), target.split()),
        meteor(answer.split(), target.split()),
        words_f1(answer.split(), target.split()),
        1 - 1 / 9,
    )

    assert Score(sum(four) / 4, 1) == FULL_PAGE_OCR.score(answer, truth(target))


def test_an_empty_answer_gets_nothing():
    assert Score(0, 1) == FULL_PAGE_OCR.score("", truth("а б"))


@settings(deadline=None)
@given(st.text(), st.text())
def test_it_is_a_share(answer, target):
    result = FULL_PAGE_OCR.score(answer, truth(target))

    assert isinstance(result, Score)
    assert 0 <= result.numerator <= 1
