import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.text.bleu import BLEU, BLEU_VHB, figure, tokens

WORDS = st.sampled_from(
    ["кот", "дом,", "1,5", "1.5.", "(ok)", "a-b", "3-4", "&quot;x", "&amp;lt;", "합계", "<skipped>"]
)
JOINTS = st.sampled_from([" ", "  ", "\n", "-\n", "\t", ".", ""])
TEXTS = st.lists(st.tuples(WORDS, JOINTS), max_size=14).map(
    lambda pieces: "".join(map("".join, pieces))
)
TARGETS = TEXTS.filter(str.strip)
PAIRS = st.lists(st.tuples(TARGETS, st.one_of(TEXTS, st.text())), min_size=1, max_size=6)


def scored(metric, text: str, *targets: str) -> Score:
    score = metric.score(text, truth(*targets))
    assert isinstance(score, Score)
    return score


def corpus_value(metric, pairs) -> float:
    """The figure of a group with these targets and answers."""
    counts = [scored(metric, answer, target).counts for target, answer in pairs]
    return float(metric.figures(np.sum(counts, axis=0)))


@given(PAIRS)
def test_the_figure_of_a_group_is_the_corpus_bleu_of_sacrebleu(pairs):
    targets, answers = map(list, zip(*pairs, strict=True))

    expected = sacrebleu.corpus_bleu(answers, [targets], force=True).score / 100
    assert expected == pytest.approx(corpus_value(BLEU, pairs), abs=1e-9)


@given(PAIRS)
def test_swapped_it_is_what_sacrebleu_gives_for_swapped_arguments(pairs):
    """VLMHyperBench calls `corpus_bleu(true, [predicted])`."""
    targets, answers = map(list, zip(*pairs, strict=True))

    expected = sacrebleu.corpus_bleu(targets, [answers], force=True).score / 100
    assert expected == pytest.approx(corpus_value(BLEU_VHB, pairs), abs=1e-9)


@given(TEXTS, st.lists(TARGETS, min_size=1, max_size=3))
def test_a_sample_has_the_sentence_bleu_of_sacrebleu(answer, targets):
    expected = sacrebleu.sentence_bleu(answer, targets).score / 100

    assert expected == pytest.approx(scored(BLEU, answer, *targets).value, abs=1e-9)


@given(TEXTS, TARGETS)
def test_swapped_a_sample_has_the_corpus_bleu_of_one_row(answer, target):
    """That is what VLMHyperBench writes for each row, and short rows get 0 by it."""
    expected = sacrebleu.corpus_bleu([target], [[answer]], force=True).score / 100

    assert expected == pytest.approx(scored(BLEU_VHB, answer, target).value, abs=1e-9)


def test_swapped_the_target_with_the_largest_figure_counts():
    first, second = "один два три пять", "один два три четыре пять"
    expected = scored(BLEU_VHB, second, second)

    assert expected == scored(BLEU_VHB, second, first, second)
    assert expected.value == pytest.approx(1)


def test_figures_of_many_groups_come_in_one_call():
    """Among them one with two orders missed, and one with nothing right."""
    pairs = [
        ("один два три четыре", "один два три пять"),
        ("кот ел дом и спал", "кот мыл дом а ел"),
        ("а б в г", "д е ж з"),
        ("кот и дом", "кит"),
        ("а", ""),
    ]
    counts = np.array([scored(BLEU, answer, target).counts for target, answer in pairs])

    figures = BLEU.figures(counts.reshape(1, 5, 10))
    assert (1, 5) == figures.shape
    assert [float(BLEU.figures(row)) for row in counts] == figures[0].tolist()


def test_a_sample_by_hand():
    """Two of three words, none of two pairs: half a match stands for the missing pair."""
    score = scored(BLEU, "кот ел дом", "кот мыл дом")

    assert [3, 3, 2, 0, 0, 0, 3, 2, 1, 0] == list(score.counts)
    assert (2 / 3 * (1 / 2 / 2) * (1 / 4 / 1)) ** (1 / 3) == pytest.approx(score.value)
    assert 0 == figure(score.counts)


def test_a_short_answer_is_measured_against_the_target_closest_in_length():
    """Every run of it is in one of the targets, and a word is missing from the closest."""
    six, seven = "а б в г д е", "а б в г д е ж"

    assert np.exp(1 - 7 / 6) == pytest.approx(scored(BLEU, six, "а", seven).value)
    assert np.exp(1 - 7 / 6) == pytest.approx(scored(BLEU, six, seven, "а").value)
    assert np.exp(1 - 3) == pytest.approx(scored(BLEU, "а", "а б в").value)


@pytest.mark.parametrize("mark", r"""!"#$%&()*+/:;<=>?@[\]^_`{|}~""")
def test_a_mark_is_a_token_of_its_own(mark):
    assert ("a", mark, "b") == tokens(f"a{mark}b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&quot;a&gt;b&lt;", ('"', "a", ">", "b", "<")),
        ("&amp;gt;", (">",)),
        ("a'b", ("a'b",)),
        ("a\nb", ("a", "b")),
    ],
)
def test_signs_of_html_are_read_and_apostrophes_kept(text, expected):
    assert expected == tokens(text)


@given(st.text())
def test_tokens_are_those_of_sacrebleu(text):
    tokenizer = sacrebleu.BLEU(tokenize="13a").tokenizer

    assert tuple(tokenizer(text.rstrip()).split()) == tokens(text)


@pytest.mark.parametrize("metric", [BLEU, BLEU_VHB])
@given(answer=st.text(), target=st.text().filter(str.strip))
def test_it_lies_between_0_and_1(metric, answer, target):
    assert 0 <= scored(metric, answer, target).numerator <= 1 + 1e-12


@given(TARGETS.filter(tokens))
def test_a_text_is_wholly_like_itself(text):
    assert scored(BLEU, text, text).value == pytest.approx(1)


@pytest.mark.parametrize("metric", [BLEU, BLEU_VHB])
def test_without_target_text_there_is_no_score(metric):
    for targets in ((), ("", " \n")):
        assert Unscored("no target has any text") == metric.score("кот", truth(*targets))


@pytest.mark.parametrize("metric", [BLEU, BLEU_VHB])
def test_the_worst_is_what_an_empty_answer_gets(metric):
    worst = metric.worst(truth("кот и дом", ""))

    assert scored(metric, "", "кот и дом") == worst
    assert 0 == scored(metric, "", "кот и дом").value
