import unicodedata
from random import Random

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.text.edit_rate import CER, CER_CI, CER_NORM, WER, WER_CI, WER_NORM
from vlmhb.metrics.text.normalize import DOCUMENT

ALL = (CER, CER_CI, CER_NORM, WER, WER_CI, WER_NORM)
LETTERS = "абвгдеёжзий АБВ \t\n\u00a0\u2028хello 합계금액"
TEXTS = st.one_of(st.text(), st.text(st.sampled_from(LETTERS), max_size=200))


def noisy(text: str, share: float, random: Random) -> str:
    """`text` with some of its characters lost, changed or doubled."""
    pieces = []
    for character in text:
        draw = random.random() / share
        pieces.append("" if draw < 0.4 else "ъ" if draw < 0.8 else character * (1 + (draw < 1)))
    return "".join(pieces)


def value_of(metric, text: str, *targets: str) -> float:
    score = metric.score(text, truth(*targets))
    assert isinstance(score, Score)
    assert score.value is not None
    return score.value


@given(reference=TEXTS.filter(str.strip), answer=TEXTS)
def test_cer_is_what_jiwer_gives(reference, answer):
    assert jiwer.cer(reference, answer) == pytest.approx(
        value_of(CER, answer, reference), abs=1e-12, rel=1e-12
    )


@given(reference=TEXTS.filter(str.strip), answer=TEXTS)
def test_wer_is_what_jiwer_gives(reference, answer):
    assert jiwer.wer(reference, answer) == pytest.approx(
        value_of(WER, answer, reference), abs=1e-12, rel=1e-12
    )


@pytest.mark.parametrize("share", [0.02, 0.2, 0.9])
def test_pages_agree_with_jiwer_at_any_noise(share):
    """Long enough for every code path of the distance, close and far answers alike."""
    random = Random(7)
    page = "".join(random.choices(LETTERS, k=3000))
    answer = noisy(page, share, random)

    assert jiwer.cer(page, answer) == pytest.approx(value_of(CER, answer, page), abs=1e-12)
    assert jiwer.wer(page, answer) == pytest.approx(value_of(WER, answer, page), abs=1e-12)


def test_summed_fractions_are_the_corpus_figure_of_jiwer():
    random = Random(1)
    targets = ["".join(random.choices(LETTERS, k=random.randint(5, 200))) for _ in range(40)]
    answers = [noisy(target, 0.3, random) for target in targets]

    for metric, oracle in ((CER, jiwer.cer), (WER, jiwer.wer)):
        scores = [
            metric.score(answer, truth(target))
            for answer, target in zip(answers, targets, strict=True)
        ]
        edits = sum(score.numerator for score in scores if isinstance(score, Score))
        length = sum(score.denominator for score in scores if isinstance(score, Score))
        assert oracle(targets, answers) == pytest.approx(edits / length, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "answer", "target", "expected"),
    [
        (CER, "кит", "кот", Score(1, 3)),
        (CER, "Кот", "кот", Score(1, 3)),
        (CER_CI, "КОТ", "кот", Score(0, 3)),
        (CER, " \nкот\n", "кот", Score(0, 3)),
        (CER, "счет", "счёт", Score(1, 4)),
        (CER, "а\n\nб", "а\nб", Score(1, 3)),
        (CER, "котикотикот", "кот", Score(8, 3)),
        (CER, "", "кот", Score(3, 3)),
        (CER, "합계", "합게", Score(1, 2)),
        (WER, "один три", "один два три", Score(1, 3)),
        (WER, "Один два", "один два", Score(1, 2)),
        (WER_CI, "Один ДВА", "один два", Score(0, 2)),
        (WER, "а\nб", "а б", Score(2, 2)),
        (WER, "a\tb", "a b", Score(2, 2)),
        (WER, "а \n б", "а б", Score(0, 2)),
        (WER_CI, "а\nб", "а б", Score(0, 2)),
        (CER_NORM, "CЧET  №45", "счёт: №45.", Score(0, 8)),
        (CER_NORM, "счет 46", "Счёт 45", Score(1, 7)),
        (WER_NORM, "«Ёлка», дом", "елка дом 1", Score(1, 3)),
    ],
)
def test_known_values(metric, answer, target, expected):
    assert expected == metric.score(answer, truth(target))


def test_decomposed_hangul_is_wrong_raw_and_right_when_normalised():
    target = "합계금액"
    answer = unicodedata.normalize("NFD", target)

    assert value_of(CER, answer, target) > 1
    assert Score(0, 4) == CER_CI.score(answer, truth(target))


@pytest.mark.parametrize("metric", ALL)
@given(text=st.text().filter(DOCUMENT))
def test_a_text_has_no_edits_to_itself(metric, text):
    assert value_of(metric, text, text) == 0


@pytest.mark.parametrize("metric", ALL)
@given(left=st.text().filter(DOCUMENT), right=st.text().filter(DOCUMENT))
def test_edits_are_the_same_both_ways(metric, left, right):
    there, back = metric.score(left, truth(right)), metric.score(right, truth(left))

    assert there.numerator == back.numerator


@pytest.mark.parametrize("metric", ALL)
@given(answer=st.text(), target=st.text().filter(DOCUMENT))
def test_rates_are_between_zero_and_the_longer_text(metric, answer, target):
    score = metric.score(answer, truth(target))
    longest = max(score.denominator, len(metric.units(metric.normaliser(answer))))

    assert 0 <= score.numerator <= longest


def test_the_target_with_the_smallest_rate_counts():
    """Not the one with the fewest edits: 2 of 10 is better than 1 of 3."""
    assert Score(2, 10) == CER.score("котофеичаа", truth("коа", "котофеич__", ""))


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("targets", [(), ("",), (" \n", "\t")])
def test_a_sample_without_target_text_is_unscored(metric, targets):
    assert Unscored("no target has any text") == metric.score("кот", truth(*targets))
    assert Unscored("no target has any text") == metric.worst(truth(*targets))


@pytest.mark.parametrize(("metric", "length"), [(CER, 7), (CER_CI, 7), (WER, 2), (WER_CI, 2)])
def test_the_worst_is_a_rate_of_one_over_the_target(metric, length):
    assert Score(length, length) == metric.worst(truth("", "два сло", "три"))


def test_a_runaway_answer_has_its_exact_rate():
    target = "счёт на оплату " * 333
    answer = target + "и так далее " * 6666

    edits = len(answer.strip()) - len(target.strip())
    assert Score(edits, len(target.strip())) == CER.score(answer, truth(target))


def test_lone_surrogates_are_characters_like_others():
    assert Score(1, 2) == CER.score("а\ud800", truth("аб"))
