import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score
from vlmhb.metrics.text.overlap import ROUGE_L, TOKEN_F1, rouge_l, token_f1
from vlmhb.metrics.text.words import words

BOTH = pytest.mark.parametrize("similarity", [rouge_l, token_f1])
FEW_WORDS = st.lists(st.sampled_from(["кот", "дом", "합계", "1", "—"]), max_size=8).map(" ".join)


def longest_common_subsequence(left: list[str], right: list[str]) -> int:
    """By the textbook's table."""
    row = [0] * (len(right) + 1)
    for word in left:
        above = row[:]
        for place, other in enumerate(right, start=1):
            row[place] = (
                above[place - 1] + 1 if word == other else max(above[place], row[place - 1])
            )
    return row[-1]


@pytest.mark.parametrize(
    ("answer", "target", "in_order", "in_any_order"),
    [
        ("кот мыл дом", "кот мыл дом", 1, 1),
        ("дом мыл кот", "кот мыл дом", 1 / 3, 1),
        ("кот", "кот мыл дом", 2 / 4, 2 / 4),
        ("кот кот", "кот дом", 2 / 4, 2 / 4),
        ("КОТ, мыл!", "Кот мыл", 1, 1),
        ("счет", "счёт", 1, 1),
        ("합계 금액", "금액 합계", 1 / 2, 1),
        ("the cat", "cat", 2 / 3, 2 / 3),
        ("", "", 1, 1),
        ("—", "", 1, 1),
        ("кот", "", 0, 0),
        ("", "кот", 0, 0),
    ],
)
def test_known_values(answer, target, in_order, in_any_order):
    """Articles count like other words."""
    assert in_order == pytest.approx(rouge_l(answer, target))
    assert in_any_order == pytest.approx(token_f1(answer, target))


@given(FEW_WORDS, FEW_WORDS)
def test_the_sequence_is_the_longest_one(answer, target):
    lengths = len(words(answer)) + len(words(target))
    longest = longest_common_subsequence(words(answer), words(target))

    assert (2 * longest / lengths if lengths else 1) == pytest.approx(rouge_l(answer, target))


@BOTH
@given(left=st.one_of(FEW_WORDS, st.text()), right=st.one_of(FEW_WORDS, st.text()))
def test_it_is_symmetric_and_between_0_and_1(similarity, left, right):
    assert 0 <= similarity(left, right) <= 1
    assert similarity(left, right) == similarity(right, left)


@BOTH
@given(text=st.text())
def test_a_text_is_wholly_like_itself(similarity, text):
    assert similarity(text, text) == 1


@given(FEW_WORDS, FEW_WORDS)
def test_order_only_costs(answer, target):
    assert rouge_l(answer, target) <= token_f1(answer, target)


@pytest.mark.parametrize("metric", [ROUGE_L, TOKEN_F1])
def test_the_closest_target_counts(metric):
    assert Score(1.0, 1) == metric.score("кот и дом", truth("пёс", "Кот и дом."))
