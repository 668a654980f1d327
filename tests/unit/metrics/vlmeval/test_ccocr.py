import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.vlmeval.ccocr import CCOCR_F1_MACRO, CCOCR_F1_MICRO


def page(target: str, split: str = "", group: str = "multi_lan_ocr", language: str = ""):
    metadata = {"split": split, "category": group}
    return truth(target, metadata=metadata, language=language)


@pytest.mark.parametrize(
    ("answer", "target", "matches", "total"),
    [
        ("привет мир", "Мир привет", 2, 4),
        ("a a a b", "a b b", 2, 7),
        ("", "a b", 0, 2),
        ("a", "", 0, 1),
        ("### a\t***\nb", "a b", 2, 4),
        ("a, b", "a b", 1, 4),
        ("a\u00a0b\u2028\u3000c", "a b c", 3, 6),
    ],
)
def test_words_match_in_any_order_as_often_as_both_have_them(answer, target, matches, total):
    russian = page(target, "Russian")

    assert Score(2 * matches, total) == CCOCR_F1_MICRO.score(answer, russian)
    assert Score(2 * matches / total, 1) == CCOCR_F1_MACRO.score(answer, russian)


@pytest.mark.parametrize(
    "characters",
    [
        *(page("합계 금액", split) for split in ("Korean", "Japanese", "Arabic", "zh_scene")),
        *(page("합계 금액", language=language) for language in ("ko", "ja", "ar", "zh")),
    ],
)
def test_some_languages_are_counted_in_characters(characters):
    assert Score(2 * 3, 7) == CCOCR_F1_MICRO.score("금액 합", characters)


@pytest.mark.parametrize(
    "words", [page("합계 금액", "Korea"), page("합계 금액", "", language="ru")]
)
def test_others_are_counted_in_words(words):
    assert Score(2, 4) == CCOCR_F1_MICRO.score("금액 합", words)


def test_words_of_scenes_lose_all_that_is_not_latin():
    """So does VLMEvalKit, and a page in Cyrillic is left with nothing."""
    scene = page("Ice-cream кот", "IC15", "multi_scene_ocr")

    assert Score(2, 2) == CCOCR_F1_MICRO.score("icecream", scene)
    assert Score(0, 1) == CCOCR_F1_MACRO.score("кот", page("кот", "IC15", "multi_scene_ocr"))


def test_words_of_scenes_keep_every_latin_letter_and_digit():
    scene = page("cat bvy 1587", "IC15", "multi_scene_ocr")

    assert Score(0, 6) == CCOCR_F1_MICRO.score("dog xuw 2346", scene)


def test_characters_are_compared_in_any_case():
    assert Score(4, 4) == CCOCR_F1_MICRO.score("b합", page("B합", "Korean"))


def test_an_empty_page_answered_with_nothing_scores_nothing():
    """VLMEvalKit gives such a page 0 as well, and nothing in the sums over all pages."""
    assert Score(0, 1) == CCOCR_F1_MACRO.score("", page(""))
    assert Score(0, 0) == CCOCR_F1_MICRO.score("", page(""))


@pytest.mark.parametrize("metric", [CCOCR_F1_MACRO, CCOCR_F1_MICRO])
def test_the_worst_is_an_empty_answer_and_no_target_is_not_judged(metric):
    assert metric.score("", page("a b")) == metric.worst(page("a b"))
    assert isinstance(metric.score("a", truth()), Unscored)


@given(st.text(), st.text())
def test_the_figure_is_a_share_and_symmetric(one: str, other: str):
    there = CCOCR_F1_MACRO.score(one, page(other))

    assert isinstance(there, Score)
    assert 0 <= there.numerator <= there.denominator == 1
    assert there == CCOCR_F1_MACRO.score(other, page(one))


def test_a_runaway_answer_is_counted_too():
    assert Score(2, 80_001) == CCOCR_F1_MICRO.score("a " * 80_000, page("a"))
