import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.text.chrf import CHRF

TEXTS = st.one_of(st.text(st.sampled_from("абв г\n합"), max_size=30), st.text(max_size=30))
TARGETS = TEXTS.filter(str.strip)
PAIRS = st.lists(st.tuples(TARGETS, TEXTS), min_size=1, max_size=6)


def scored(text: str, *targets: str) -> Score:
    score = CHRF.score(text, truth(*targets))
    assert isinstance(score, Score)
    return score


@given(PAIRS)
def test_the_figure_of_a_group_is_the_corpus_chrf_of_sacrebleu(pairs):
    targets, answers = map(list, zip(*pairs, strict=True))
    counts = [scored(answer, target).counts for target, answer in pairs]

    expected = sacrebleu.corpus_chrf(answers, [targets]).score / 100
    assert expected == pytest.approx(float(CHRF.figures(np.sum(counts, axis=0))), abs=1e-9)


@given(TEXTS, st.lists(TARGETS, min_size=1, max_size=3))
def test_a_sample_has_the_sentence_chrf_of_sacrebleu(answer, targets):
    """With several targets, too: the one with the largest figure counts."""
    expected = sacrebleu.sentence_chrf(answer, targets).score / 100

    assert expected == pytest.approx(scored(answer, *targets).value, abs=1e-9)


def test_the_counts_of_the_best_target_are_added_up():
    assert scored("кот", "кот").counts == scored("кот", "дом", "кот").counts


def test_counts_by_hand():
    """Of `аб` and `абв`: runs of one, then of two; the answer has none of three."""
    assert (2, 3, 2, 1, 2, 1, 0, 1, 0) == scored("аб", "абв").counts[:9]


def test_runs_that_the_target_is_too_short_for_do_not_count():
    assert (4, 2, 2, 3, 1, 1, 0, 0, 0) == scored("абаб", "аб").counts[:9]


def test_figures_of_many_groups_come_in_one_call():
    counts = np.array([scored(answer, "кот и дом").counts for answer in ("кот", "дом", "")])

    figures = CHRF.figures(counts.reshape(1, 3, 18))
    assert (1, 3) == figures.shape
    assert [float(CHRF.figures(row)) for row in counts] == figures[0].tolist()


@given(answer=st.text(), target=st.text().filter(str.strip))
def test_it_lies_between_0_and_1(answer, target):
    assert 0 <= scored(answer, target).numerator <= 1 + 1e-12


@given(TARGETS)
def test_a_text_is_wholly_like_itself(text):
    assert scored(text, text).value == pytest.approx(1)


@pytest.mark.parametrize("targets", [(), ("", " \n")])
def test_without_target_text_there_is_no_score(targets):
    assert Unscored("no target has any text") == CHRF.score("кот", truth(*targets))


def test_the_worst_is_what_an_empty_answer_gets():
    worst = CHRF.worst(truth("кот и дом", ""))

    assert scored("", "кот и дом") == worst
    assert 0 == scored("", "кот и дом").value
