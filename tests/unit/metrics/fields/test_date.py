import pytest

from vlmhb.metrics.fields.date import DATE, date_in
from vlmhb.metrics.fields.kind import reading

DAY = frozenset({"2025-08-15"})


@pytest.mark.parametrize(
    "text",
    [
        "15 августа 2025 г.",
        "15 АВГУСТА 2025 года",
        "«15» августа 2025 г.",
        "15.08.2025",
        "2025-08-15",
        "2025.08.15",
        "2025/8/15",
        "15/08/2025",
        "08/15/2025",
        "15-08-2025",
        "August 15, 2025",
        "August 15,2025",
        "Aug. 15th 2025",
        "15 Aug 2025",
        "15th of August,2025",
        "15th of August 2025",
        "15-Aug-2025",
        "2025년 8월 15일",
        "2025년 08월 15일",
        "Дата: 15.08.2025.",
        "15.08.2025 (15 августа 2025 г.)",
        "15.08.25 (15 августа 2025 г.)",
        "15. August 2025",
        "2025年8月15日",
        "15 / 08 / 2025",
        "15 08 2025",
        "15 авг. 2025",
        "« 15 » августа 2025 г.",
        "«15»августа 2025 г.",
    ],
)
def test_a_day_is_read_however_it_is_written(text):
    assert DAY == reading(DATE, text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("03/04/2025", {"2025-04-03", "2025-03-04"}),
        ("03-04-2025", {"2025-04-03", "2025-03-04"}),
        ("03.04.2025", {"2025-04-03"}),
        ("15.08.25", {"2025-08-15", "1925-08-15"}),
        ("15 Aug 25", {"2025-08-15", "1925-08-15"}),
        ("15-Aug-25.", {"2025-08-15", "1925-08-15"}),
        ("от 15 августа 25 г. № 4", {"2025-08-15", "1925-08-15"}),
        ("25년 8월 15일", {"2025-08-15", "1925-08-15"}),
        ("03 04 2025", {"2025-04-03", "2025-03-04"}),
        ("03/04/2025 (3 April 2025)", {"2025-04-03"}),
    ],
)
def test_an_ambiguous_date_has_every_meaning_it_can_have(text, days):
    assert frozenset(days) == reading(DATE, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "нет",
        "31.02.2025",
        "15.13.2025",
        "2025",
        "август 2025",
        "15.08.2025 и 16.08.2025",
        "115.08.2025",
        "Summary 5, 2020",
        "Decision 5, 2020",
        "15 маршала 2020",
        "5 Marches 2020",
        "15.08.2025 или 31.02.2025",
        "15 августа 2025 или 31 февраля 2025",
    ],
)
def test_what_is_no_single_day_cannot_be_read(text):
    assert reading(DATE, text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15.08.2025", True),
        ("15 мая 2025 года", True),
        ("от 15.08.2025", False),
        ("32.08.2025", False),
    ],
)
def test_a_target_is_a_date_when_it_is_nothing_else(text, expected):
    assert expected == DATE.whole(text)


@pytest.mark.parametrize(
    "month",
    [
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ],
)
def test_every_russian_month_is_known(month):
    assert reading(DATE, f"1 {month} 2025") is not None


@pytest.mark.parametrize(
    ("language", "days"),
    [
        ("ko", {"2025-08-15", "1925-08-15"}),
        ("ru", {"2015-08-25", "1915-08-25"}),
        ("", {"2015-08-25", "1915-08-25"}),
    ],
)
def test_the_language_says_where_a_year_of_two_digits_stands(language, days):
    assert frozenset(days) == reading(date_in(language), "25.08.15")


@pytest.mark.parametrize("text", ["15 Aug 25", "25년 8월 15일", "15 августа 25 г."])
def test_beside_a_month_or_sign_of_the_year_two_digits_are_the_same_in_every_language(text):
    assert frozenset({"2025-08-15", "1925-08-15"}) == reading(date_in("ko"), text)


@pytest.mark.parametrize("text", ["15.08.2025", "2025-08-15", "15 августа 2025 г."])
def test_a_year_of_four_digits_stands_anywhere_in_every_language(text):
    assert DAY == reading(date_in("ko"), text)


@pytest.mark.parametrize("number", ["45/12/2025", "1.20.3300", "45-10-77"])
def test_a_number_like_no_date_may_stand_beside_one(number):
    assert DAY == reading(DATE, f"№ {number} от 15.08.2025")
