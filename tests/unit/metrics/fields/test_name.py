import pytest

from vlmhb.metrics.fields.kind import reading
from vlmhb.metrics.fields.name import NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ИВАНОВ Иван Иванович", "Иванов Иван Иванович"),
        ("Иван Иванович Иванов", "Иванов Иван Иванович"),
        ("Семёнов Пётр", "СЕМЕНОВ ПЕТР"),
        ("Иванов И.И.", "И. И. Иванов"),
        ("ФИО: Иванов Иван", "Иванов Иван"),
        ("Римский-Корсаков Н. А.", "Н. А. РИМСКИЙ-КОРСАКОВ"),
        ("김철수", "김철수 "),
        ("ФИО Иванов Иван", "Иванов Иван"),
        ("Ф.И.О. - Иванов Иван", "Иванов Иван"),
        ("Фамилия: Иванов, Имя: Иван\nОтчество: Иванович", "Иванов Иван Иванович"),
        ("Full name: John Smith", "John Smith"),
        ("성명: 김철수", "김철수"),
        ("Директор: Иванов Иван", "Иванов Иван"),
        ("Римский - Корсаков Н. А.", "Римский-Корсаков Н. А."),
        ("Иванов Иван\nИВАН ИВАНОВ", "Иванов Иван"),
    ],
)
def test_a_name_is_its_words(one, other):
    assert reading(NAME, one) == reading(NAME, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов И. И.", "Иванов Иван Иванович"),
        ("Иванов Иван", "Иванов Иван Иванович"),
        ("Иванова Анна", "Иванов Анна"),
        ("Римский Корсаков", "Римский-Корсаков"),
        ("Имяхин Иван", "Хин Иван"),
        ("Вимя Иван", "В Иван"),
        ("Ким Ким", "Ким"),
        ("Иванов Иван Петров", "Иванов Иван"),
    ],
)
def test_other_words_are_another_name(one, other):
    assert reading(NAME, one) != reading(NAME, other)


def test_a_text_without_letters_is_no_name():
    assert reading(NAME, "123 - .") is None


def test_a_name_before_a_colon_is_no_label():
    assert reading(NAME, "Иванов Иван Иванович: Петров Пётр Петрович") is None


def test_a_text_with_digits_is_no_name():
    assert reading(NAME, "Иванов Иван Иванович 1980") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Иванов Иван Иванович", True),
        ("ИВАНОВА АННА ПЕТРОВНА", True),
        ("Иванов Иван", False),
        ("Общество Ограниченной Ответственности", False),
    ],
)
def test_a_target_is_a_name_when_it_has_a_patronymic(text, expected):
    assert expected == NAME.whole(text)
