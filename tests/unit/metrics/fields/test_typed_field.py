import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.build import truth
from vlmhb.domain.score import Score, Unscored
from vlmhb.metrics.fields.kinds import KINDS, kind_of
from vlmhb.metrics.fields.typed_field import TYPED_FIELD


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("15 августа 2025 г.", "date"),
        ("112-233-445 95", "snils"),
        ("45 05 679944", "passport"),
        ("7707083893", "inn"),
        ("7707083894", "text"),
        ("1027700132195", "ogrn"),
        ("40702810400000000225", "account"),
        ("044525225", "bik"),
        ("004525988", "bik"),
        ("773601001", "kpp"),
        ("+7 (495) 123-45-67", "phone"),
        ("1 234,56 руб.", "money"),
        ("449 764,88", "money"),
        ("Иванов Иван Иванович", "name"),
        ("ООО Ромашка", "text"),
        ("2387", "text"),
        ("10.10", "text"),
        ("1" * 300, "text"),
        (f"15.08.2025{' ' * 300}", "text"),
    ],
)
def test_the_kind_is_told_from_the_target(target, kind):
    assert kind == getattr(kind_of(truth(target)), "name", None)


@pytest.mark.parametrize(
    ("answer", "target", "expected"),
    [
        ("2025-08-15", "15 августа 2025 г.", 1),
        ("03/04/2025", "04.03.2025", 1),
        ("16.08.2025", "15.08.2025", 0),
        ("не указана", "15.08.2025", 0),
        ("$1,234.56", "1234.56 USD", 1),
        ("Общая сумма: 449764,88 руб.", "449 764,88", 1),
        ("4505 679944", "45 05 679944", 1),
        ("123 456 789", "123456789", 1),
        ("(495) 123-45-67", "+7 (495) 123-45-67", 1),
        ("(495) 123-45-67", "8 495 123-45-68", 0),
        ("03/04/2025 (3 April 2025)", "03.04.2025", 1),
        ("03/04/2025 (3 April 2025)", "04.03.2025", 0),
        ("ооо «ромашка»", 'ООО "Ромашка"', 1),
        ("ООО Ромашка 2", "ООО Ромашка", 0),
    ],
)
def test_an_answer_is_right_when_it_means_the_same(answer, target, expected):
    assert Score(expected, 1) == TYPED_FIELD.score(answer, truth(target))


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("ИНН/КПП 7707083893/770701001", "7707083893"),
        ("ИНН/КПП 7707083893/770701001", "770701001"),
        ("инн 7707083893, тел. +7 (495) 123-45-67", "+7 (495) 123-45-67"),
        ("БИК 044525225, КПП 770701001", "044525225"),
        ("КПП: 770701001, БИК: 044525225", "770701001"),
        ("Паспорт 45 05 679944, ИНН № 7707083893", "45 05 679944"),
        ("ИНН 7707083893: 1 234,56 руб.", "1 234,56"),
        ("ОГРН 1027700132195, СНИЛС 112-233-445 95", "112-233-445 95"),
        ("INN7707083893", "7707083893"),
        ("ОКПО 0012345678, ИНН 7707083893", "7707083893"),
        ("45 05 679944 ОКТМО 45383000", "45 05 679944"),
        ("Телефон: +7 495 123 45 67", "+7 (495) 123-45-67"),
    ],
)
def test_a_number_that_the_answer_calls_something_else_is_none_of_its_values(answer, target):
    assert Score(1, 1) == TYPED_FIELD.score(answer, truth(target))


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("+7 (495) 123-45-67, +7 (495) 123-45-68", "+7 (495) 123-45-67"),
        ("тел. 8 (495) 123-45-67, факс 8 (495) 123-45-99", "+7 (495) 123-45-67"),
        ("ИНН 7707083893, ИНН 7703534320", "7707083893"),
        ("КПП/БИК 770701001/044525225", "770701001"),
        ("КПП/БИК 044525225/770701001", "770701001"),
        ("15.08.2025 или 31.02.2025", "15.08.2025"),
        ("15.08.2025 или 15.08.2024", "15.08.2025"),
        ("Иванов Иван Иванович или: Петров Иван Иванович", "Петров Иван Иванович"),
        ("Иванов Иван Иванович, Петров Иван Иванович", "Иванов Иван Иванович"),
        ("449 764,88 / 449 764,89", "449 764,88"),
        ("сто рублей 56 копеек", "0,56 руб."),
    ],
)
def test_an_answer_with_two_values_is_wrong(answer, target):
    assert Score(0, 1) == TYPED_FIELD.score(answer, truth(target))


def test_the_dataset_can_name_the_kind():
    sample = truth("Иванов Иван", metadata={"field_type": "name"})

    assert Score(1, 1) == TYPED_FIELD.score("Иван ИВАНОВ", sample)
    assert Score(0, 1) == TYPED_FIELD.score("Иван ИВАНОВ", truth("Иванов Иван"))


@pytest.mark.parametrize(("language", "expected"), [("ru", 0), ("en", 1), ("", 0)])
@pytest.mark.parametrize("metadata", [{}, {"field_type": "money"}])
def test_the_language_of_the_sample_decides_what_an_amount_means(language, expected, metadata):
    sample = truth("1 234.00", language=language, metadata=metadata)

    assert Score(expected, 1) == TYPED_FIELD.score("1,234", sample)


@pytest.mark.parametrize(("language", "expected"), [("ko", 1), ("en", 0)])
def test_the_language_of_the_sample_decides_what_a_date_means(language, expected):
    sample = truth("2025년 8월 15일", language=language)

    assert Score(expected, 1) == TYPED_FIELD.score("25.08.15", sample)


def test_any_target_will_do():
    assert Score(1, 1) == TYPED_FIELD.score("16.08.2025", truth("15.08.2025", "16.08.2025"))


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (truth(), "no target"),
        (truth("x", metadata={"field_type": "colour"}), 'unknown field_type "colour"'),
        (truth("x", metadata={"field_type": "date"}), "read as date"),
    ],
)
def test_a_target_that_cannot_be_read_leaves_the_sample_unscored(sample, reason):
    result = TYPED_FIELD.score("x", sample)

    assert isinstance(result, Unscored)
    assert reason in result.reason
    assert result == TYPED_FIELD.worst(sample)


def test_a_failed_sample_is_wrong():
    assert Score(0, 1) == TYPED_FIELD.worst(truth("15.08.2025"))


@given(st.text(min_size=1))
def test_every_target_that_can_be_read_is_right_as_an_answer(text):
    result = TYPED_FIELD.score(text, truth(text))

    assert result == Score(1, 1) or isinstance(result, Unscored)


@given(st.text(), st.sampled_from(KINDS))
def test_no_answer_raises(text, kind):
    sample = truth("15.08.2025", metadata={"field_type": kind.name})

    assert isinstance(TYPED_FIELD.score(text, sample), Score | Unscored)


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("after", [" ", "\n", ","])
def test_no_value_is_cut_in_two_where_reading_ends(after, number):
    answer = "." * number + f"15.08.2025{after}" * 1_000

    assert Score(1, 1) == TYPED_FIELD.score(answer, truth("15.08.2025"))


def test_what_stands_far_behind_a_value_is_not_read():
    """Reading takes longer than in proportion to the text, and a value stands in a line or two."""
    answer = f"15.08.2025{' и так далее' * 200} 16.08.2025"

    assert Score(1, 1) == TYPED_FIELD.score(answer, truth("15.08.2025"))


def test_reading_ends_between_lines_if_there_are_any():
    assert Score(1, 1) == TYPED_FIELD.score("1 234 567 руб.\n" * 1_000, truth("1 234 567 руб."))


def test_a_long_text_is_compared_to_its_end():
    target = "слово " * 2_000

    assert Score(0, 1) == TYPED_FIELD.score(f"{target} ещё", truth(target))
