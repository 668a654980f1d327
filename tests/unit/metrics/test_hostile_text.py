"""No text, however odd or long, makes a text metric raise or leave its range."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.metrics.catalog import find

RATES = ("cer", "cer_ci", "cer_norm", "wer", "wer_ci", "wer_norm")
SHARES = (
    *("exact_match", "exact_match_raw", "anls", "anls_paper", "anls_star", "bleu", "bleu_vhb"),
    *("chrf", "rouge_l", "token_f1", "vqa_accuracy", "accuracy", "relaxed_accuracy", "contains"),
)
TEXT_METRICS = (*RATES, *SHARES)
HOSTILE = {
    "lone surrogates": "\ud800\udfff а \udc00",
    "NUL": "\0\0а\0",
    "right to left": "\u202eабв\u202c\u2067где\u2069\u200f",
    "marks": "а" + "\u0301\u0327" * 20_000,
    "nothing to see": "\u200b\ufeff\u00ad\u2060",
    "white space": "\u2028\u2029\u00a0\u3000\x1c\x85\t\n",
    "brackets": "[" * 20_000,
    "objects": '{"а":' * 5_000,
    "a number": "1" * 5_000,
    "a huge list": "[" + "1," * 4_000 + "1]",
    "not a number": "nan",
    "percent": "%",
    "punctuation": "—" * 20_000,
    "one word": "я" * 20_000,
    "beyond the plane": "😀𝕬" * 2_000,
}
PAGE = "Счёт на оплату № 45 от 3 мая, итого 1 000,50 руб.\n" * 100
RUNAWAY = PAGE + "и так далее, и так далее. " * 3_000
ANY = st.one_of(
    st.text(), st.text(st.characters(categories=("Cs", "Cc", "Cf", "Mn", "Zl"))), st.just("")
)


def outcome(name: str, answer: str, *targets: str) -> Score | Unscored:
    """What `name` says, checked to be of the kind that can be added up."""
    metric = find(name)
    score = metric.score(answer, truth(*targets))
    if isinstance(score, Score):
        numbers = (score.numerator, score.denominator, *score.counts)
        assert all(math.isfinite(number) and number >= 0 for number in numbers)
        assert score.denominator >= 1
        if name in SHARES:
            assert score.numerator <= score.denominator + 1e-12
    return score


@pytest.mark.parametrize("name", TEXT_METRICS)
@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_are_scored(name, hostile):
    outcome(name, hostile, "Счёт № 45")
    outcome(name, "Счёт № 45", hostile)
    outcome(name, hostile, '{"а": [1, {"б": "в"}]}', hostile)


@pytest.mark.parametrize("name", TEXT_METRICS)
@settings(max_examples=30)
@given(answer=ANY, targets=st.lists(ANY, max_size=3))
def test_every_text_is_scored(name, answer, targets):
    outcome(name, answer, *targets)


@pytest.mark.parametrize("name", TEXT_METRICS)
@settings(max_examples=30)
@given(answer=ANY, targets=st.lists(ANY, max_size=3))
def test_no_answer_is_worse_than_the_worst(name, answer, targets):
    """But for rates, which answers that run on take above 1."""
    metric = find(name)
    worst, score = metric.worst(truth(*targets)), outcome(name, answer, *targets)

    assert isinstance(worst, Score) == isinstance(score, Score)
    if isinstance(worst, Score) and isinstance(score, Score) and name in SHARES:
        assert Direction.HIGHER == metric.direction
        assert worst.numerator <= score.numerator
    elif isinstance(worst, Score):
        assert Direction.LOWER == metric.direction
        assert 1 == worst.value


@pytest.mark.parametrize("name", TEXT_METRICS)
def test_an_answer_that_runs_on_is_scored_to_its_end(name):
    """80,000 characters against a page of 5,000."""
    score, right = outcome(name, RUNAWAY, PAGE), outcome(name, PAGE, PAGE)

    assert isinstance(score, Score)
    assert isinstance(right, Score)
    if name in RATES:
        assert 0 == right.numerator
        assert score.numerator > 10 * score.denominator
    elif name != "contains":
        assert score.numerator < score.denominator / 2


@pytest.mark.parametrize("name", TEXT_METRICS)
def test_a_sample_without_targets_is_unscored(name):
    assert isinstance(outcome(name, "кот"), Unscored)
