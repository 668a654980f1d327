import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.text.field_found import FIELD_FOUND

PAGE = """Поставщик: ЛокоТех
ИНН 7756818117  КПП 775601001
Расчётный счёт 40702810592460778342
Счёт на оплату № 2387 от 15 августа 2025 г.
Покупатель: НПО «Гущина, Воронцова
и Шестаков», ИНН 7703534320
1 Монтаж оборудования 37 кг 6 867,42 254 094,54
Итого: 449 764,88
НДС: 74.960 INV/2023/03/0008
합계금액: 9,105,000원 2021년 2월 東京都港区"""


@pytest.mark.parametrize(
    "value",
    [
        "449 764,88",
        "449764,88",
        "254 094,54",
        "2387",
        "локотех",
        'НПО "Гущина, Воронцова и Шестаков"',
        "расчетный счет",
        "INV/2023/03/0008",
        "9,105,000",
        "2021",
        "港区",
        "Поставщик:",
    ],
)
def test_a_value_on_the_page_is_found(value):
    assert Score(1, 1) == FIELD_FOUND.score(PAGE, truth(value))


@pytest.mark.parametrize(
    "value",
    [
        "321",
        "0592",
        "775681811",
        "756818117",
        "ЛокоТе",
        "окоТех",
        "764,88",
        "449",
        "6867",
        "960",
        "74",
        "계금",
        "449 764,89",
    ],
)
def test_a_value_cut_out_of_a_longer_one_is_not_found(value):
    assert Score(0, 1) == FIELD_FOUND.score(PAGE, truth(value))


@pytest.mark.parametrize("page", ["13215 и 321", "321 и 13215", "13215, 321, 13215"])
def test_a_cut_occurrence_does_not_hide_a_whole_one(page):
    assert Score(1, 1) == FIELD_FOUND.score(page, truth("321"))


@pytest.mark.parametrize("page", ["321.5 руб", "321,5 руб", "5.321", "5,321", "1,321,000"])
def test_a_number_goes_on_behind_its_comma_or_point(page):
    assert Score(0, 1) == FIELD_FOUND.score(page, truth("321"))


@pytest.mark.parametrize("other", "\u1100\u11ff가힣ぁヿ㐀鿿")
def test_a_number_beside_korean_chinese_or_japanese_is_whole(other):
    assert Score(1, 1) == FIELD_FOUND.score(f"{other}321{other}", truth("321"))
    assert Score(1, 1) == FIELD_FOUND.score(f"a{other}", truth("a"))
    assert Score(1, 1) == FIELD_FOUND.score(f"{other}a", truth("a"))


def test_kana_may_be_cut_anywhere():
    assert Score(1, 1) == FIELD_FOUND.score("カタカナ", truth("タカ"))


@pytest.mark.parametrize(
    "page", ["321", "(321)", "№321.", "321, 5", "5, 321", "стр.321", "a,321", "321.руб"]
)
def test_punctuation_and_the_ends_of_the_page_are_boundaries(page):
    assert Score(1, 1) == FIELD_FOUND.score(page, truth("321"))


def test_occurrences_may_overlap():
    """The first one is cut out of `xа-а`, the second is whole."""
    assert Score(1, 1) == FIELD_FOUND.score("xа-а-а", truth("а-а"))


@pytest.mark.parametrize("page", ["ООО,5", "5,ООО", "5,ООО.5", "5.ООО,а"])
def test_a_comma_continues_numbers_only(page):
    assert Score(1, 1) == FIELD_FOUND.score(page, truth("ООО"))


def test_any_target_will_do():
    assert Score(1, 1) == FIELD_FOUND.score(PAGE, truth("15.08.2025", "15 августа 2025"))


@pytest.mark.parametrize("targets", [(), ("",), (" ",)])
def test_a_sample_without_target_text_is_unscored(targets):
    assert Unscored("no target has any text") == FIELD_FOUND.score(PAGE, truth(*targets))


def test_a_failed_sample_counts_as_not_found():
    assert Score(0, 1) == FIELD_FOUND.worst(truth("321"))


@given(st.text(), st.text().filter(str.strip), st.text())
def test_a_value_on_a_line_of_its_own_is_always_found(before, value, after):
    page = f"{before}\n{value}\n{after}"

    assert Score(1, 1) == FIELD_FOUND.score(page, truth(value))
