from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.report.page.diff import COMPARED_CELLS, Diff, diff_of


def replayed(diff: Diff, answer: str, targets: Sequence[str]) -> tuple[str, str]:
    """The target and the passage, put together from the runs alone."""
    target, passage = targets[diff.target], answer[diff.start : diff.end]
    rebuilt_target, rebuilt_passage = "", ""
    for index in range(0, len(diff.runs), 3):
        kept, missing, added = diff.runs[index : index + 3]
        same = target[len(rebuilt_target) : len(rebuilt_target) + kept]
        rebuilt_target += same
        rebuilt_passage += same
        rebuilt_target += target[len(rebuilt_target) : len(rebuilt_target) + missing]
        rebuilt_passage += passage[len(rebuilt_passage) : len(rebuilt_passage) + added]
    return rebuilt_target, rebuilt_passage


@given(st.text(max_size=80), st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_the_runs_turn_the_target_into_the_passage(answer: str, targets: list[str]):
    diff = diff_of(answer, targets)

    assert diff is not None
    assert (targets[diff.target], answer[diff.start : diff.end]) == replayed(diff, answer, targets)


def test_equal_texts_are_one_run():
    assert Diff(0, "characters", 0, 5, (5, 0, 0)) == diff_of("Итого", ["Итого"])


def test_one_wrong_letter_is_one_change():
    assert Diff(0, "characters", 0, 6, (2, 1, 1, 3, 0, 0)) == diff_of("Ивaнов", ["Иванов"])


def test_texts_with_little_in_common_are_compared_by_word():
    diff = diff_of("the cat sat", ["the dog ran"])

    assert diff is not None
    assert ("words", (4, 3, 3, 1, 3, 3)) == (diff.level, diff.runs)


def test_a_short_target_is_looked_for_in_a_long_answer():
    page = "Счёт № 12 от 3 мая\nПоставщик: ООО «Ромaшка», ИНН 77\nИтого: 3 500,00\nСпасибо"

    diff = diff_of(page, ["ООО «Ромашка»"])

    assert diff is not None
    assert ("passage", "ООО «Ромaшка»") == (diff.level, page[diff.start : diff.end])


def test_a_target_that_is_nowhere_in_the_answer_is_missing():
    diff = diff_of("x" * 200, ["Ромашка"])

    assert Diff(0, "passage", 0, 0, (0, 7, 0)) == diff


def test_the_closest_target_is_compared():
    diff = diff_of("3500,00", ["three thousand", "3500.00"])

    assert diff is not None
    assert 1 == diff.target


def test_without_targets_there_is_nothing_to_compare():
    assert diff_of("text", []) is None


def test_texts_beyond_the_limit_are_not_compared():
    assert diff_of("a" * (COMPARED_CELLS // 1000 + 1), ["b" * 1000]) is None
