from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.report.error_classes.classes import ABOUT, ErrorClass
from vlmhb.report.error_classes.texts import Said, class_of

WORDS = st.text("абвгдеёжзийabcxyz0123456789 .,-№«»%\n한빛전자", max_size=60)
ANY_TEXT = st.text(max_size=200)
CHOICES = (("A", "Cat"), ("B", "Moscow"), ("C", "Dog"))


@pytest.mark.parametrize(
    "kind", [each for each in ErrorClass if each is not ErrorClass.OTHER_FIELD]
)
def test_the_example_of_a_class_is_of_that_class(kind: ErrorClass):
    about = ABOUT[kind]
    said = Said(
        about.answer,
        language="ru",
        was_cut=kind is ErrorClass.CUT,
        choices=CHOICES if kind is ErrorClass.OTHER_CHOICE else (),
    )

    assert kind is class_of(said, about.target)


@given(ANY_TEXT, ANY_TEXT, st.booleans(), st.booleans(), st.booleans())
def test_every_answer_has_one_class_and_always_the_same(
    answer: str, target: str, was_cut: bool, is_page: bool, has_choices: bool
):
    said = Said(answer, "ru", was_cut, is_page, CHOICES if has_choices else ())

    assert class_of(said, target) is class_of(said, target)
    assert isinstance(class_of(said, target), ErrorClass)


@given(ANY_TEXT)
def test_the_target_itself_is_only_ever_partly_right(target: str):
    found = class_of(Said(target), target)

    assert found in (ErrorClass.EMPTY, ErrorClass.PARTLY_RIGHT)


@given(WORDS, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_other_capitals_alone_are_never_more_than_case(target: str, change: Callable[[str], str]):
    found = class_of(Said(change(target)), target)

    assert found.place <= ErrorClass.CASE.place


@given(WORDS)
def test_quotes_and_stops_around_a_value_are_never_more_than_spacing(target: str):
    found = class_of(Said(f'"{target}". '), target)

    assert found.place <= ErrorClass.SPACING.place


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("1.5", "15"),
        ("1 2", "12"),
        ("-5", "5"),
        ("5%", "5"),
        ("12:30", "1230"),
        ("3/4", "34"),
    ],
)
def test_marks_that_make_another_number_are_no_punctuation(answer: str, target: str):
    assert class_of(Said(answer), target).place > ErrorClass.LOOK_ALIKES.place


@pytest.mark.parametrize(
    ("answer", "target", "kind"),
    [
        ("ооо ромашка", "ООО «Ромашка»", ErrorClass.CASE),
        ("СЧЕТ", "Счёт", ErrorClass.DIACRITICS),
        ("cafe", "Café", ErrorClass.DIACRITICS),
        ("AO MАЯК", "ао маяк", ErrorClass.LOOK_ALIKES),
        ("ＡＢＣ", "abc", ErrorClass.LOOK_ALIKES),
    ],
)
def test_of_several_differences_of_form_the_last_one_counts(
    answer: str, target: str, kind: ErrorClass
):
    assert kind is class_of(Said(answer), target)


@pytest.mark.parametrize(
    ("answer", "target", "language"),
    [
        ("3500", "3 500,00", "ru"),
        ("3,500.00", "3500", "en"),
        ("9 105 000", "9,105,000원", "ko"),
        ("2026-03-12", "12.03.2026", "ru"),
        ("+7 (495) 123-45-67", "8 (495) 123-45-67", "ru"),
    ],
)
def test_a_value_written_in_another_way_is_the_same_value(answer: str, target: str, language: str):
    assert ErrorClass.FORMAT is class_of(Said(answer, language), target)


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't read the document.",
        "I cannot see any text in this image.",
        "N/A",
        "Не удалось распознать текст на изображении",
        "К сожалению, на изображении нет текста.",
        "죄송합니다. 이미지를 읽을 수 없습니다.",
        "无法识别图片中的文字",
    ],
)
def test_refusals_in_four_languages_are_told(answer: str):
    assert ErrorClass.REFUSED is class_of(Said(answer), "7707083893")


def test_a_page_that_says_sorry_is_no_refusal():
    page = "Sorry, we are closed on Sunday. Unfortunately the lift does not work."

    assert ErrorClass.MISREAD is class_of(Said(page.replace("lift", "litt")), page)


def test_a_loop_that_reached_the_limit_is_a_loop_and_not_only_cut():
    said = Said("Итого: 3 500 " + "руб. " * 40, was_cut=True)

    assert ErrorClass.LOOP is class_of(said, "3 500 руб.")


def test_a_target_that_repeats_itself_makes_no_loop():
    dots = "Глава 1 " + "." * 60

    assert ErrorClass.LOOP is not class_of(Said(dots + " 12"), dots + "12")
    assert ErrorClass.LOOP is not class_of(Said("Глава 2 " + "." * 60), dots)


def test_a_cut_answer_that_holds_the_target_said_too_much():
    said = Said("The total due is 3 500,00, because the invoice", was_cut=True)

    assert ErrorClass.EXTRA_TEXT is class_of(said, "3 500,00")


def test_a_value_that_is_wrong_amid_a_sentence_is_judged_by_itself():
    assert ErrorClass.DIGITS is class_of(Said("The total due is 3 508,00 roubles."), "3 500,00")
    assert ErrorClass.MISREAD is class_of(Said("The supplier is ООО Ромашца."), "ООО Ромашка")
    assert ErrorClass.OTHER_SCRIPT is class_of(Said("This is an invoice of a company"), "Счёт")


def test_a_value_within_a_longer_number_is_not_contained():
    assert ErrorClass.EXTRA_TEXT is not class_of(Said("Number 15432"), "543")
    assert ErrorClass.EXTRA_TEXT is not class_of(Said("It is 5.5"), "5")


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("счет № 17 от 12.03.2026 поставщик ооо ромашка итого 3500 руб. спасибо", ErrorClass.CASE),
        ("Счёт № 17 от 12.03.2026 Поставщик 000 Ромашка Итого 3500 руб.", ErrorClass.DIGITS),
        ("Счёт № 17 от 12.03.2026 Поставщик ООО Ромашца Итого 3500 руб.", ErrorClass.MISREAD),
        ("거래명세서 공급자 합계 1234567 사업자번호 감사합니다 2026 3 12", ErrorClass.MISSING_TEXT),
    ],
)
def test_in_the_text_of_a_page_the_passage_like_the_value_is_judged(page: str, kind: ErrorClass):
    assert kind is class_of(Said(page, "ru", is_page=True), "ООО Ромашка")


def test_of_a_page_with_half_its_words_text_is_missing_and_with_twice_as_many_it_is_extra():
    words = [f"слово{chr(1072 + n)}" for n in range(20)]
    page = " ".join(words)

    assert ErrorClass.MISSING_TEXT is class_of(Said(" ".join(words[::2])), page)
    assert ErrorClass.EXTRA_TEXT is class_of(Said(f"{page[:-1]}х {'ещё немного ' * 5}конец"), page)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ('{"date": "2026-03-12", "total": "3500"}', ErrorClass.FORMAT),
        ('```json\n{"total": "3 500", "date": "2026-03-12"}\n```', ErrorClass.SPACING),
        ('{"total": "3500"}', ErrorClass.MISSING_TEXT),
        ('{"total": "3500", "date": "2026-03-12", "vat": 0}', ErrorClass.EXTRA_TEXT),
        ('{"total": "3508", "date": "2026-03-12"}', ErrorClass.DIGITS),
        ('{"total": "3500", "date": "someday"}', ErrorClass.OTHER_VALUE),
        ('{"total": "2026-03-12", "date": "3500"}', ErrorClass.REORDERED),
        ('{"total": "3500", "date": "2026-03-12"', ErrorClass.STRUCTURE),
        ("total 3500, date 2026-03-12", ErrorClass.STRUCTURE),
        ("I cannot read this document.", ErrorClass.REFUSED),
    ],
)
def test_json_is_compared_value_by_value_and_the_last_class_counts(answer: str, kind: ErrorClass):
    target = '{"total": "3500", "date": "2026-03-12"}'
    if kind is ErrorClass.SPACING:
        target = target.replace('"3500"', '"3 500."')

    assert kind is class_of(Said(answer), target)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("3 500 Итого", ErrorClass.STRUCTURE),
        ("<table><tr><td>Итого 3 500</td></tr></table>", ErrorClass.STRUCTURE),
        ("<table><tr><td>Итого</td><td>3 508</td></tr></table>", ErrorClass.DIGITS),
        ("| Итого | 3 508 |\n| --- | --- |", ErrorClass.DIGITS),
    ],
)
def test_of_a_table_the_words_are_compared(answer: str, kind: ErrorClass):
    target = "<table><tr><td>Итого</td><td>3 500</td></tr></table>"

    assert kind is class_of(Said(answer), target)


def test_choices_have_no_form_and_no_extra_text():
    said = Said("A dog is in the picture, so it is C", choices=CHOICES)

    assert ErrorClass.OTHER_CHOICE is class_of(said, "B")
    assert ErrorClass.OTHER_CHOICE is class_of(said, "A")


@pytest.mark.parametrize(
    ("answer", "target", "kind"),
    [
        ("Invoice", "Счёт-фактура", ErrorClass.OTHER_SCRIPT),
        ("Hanbit Electronics", "한빛전자 주식회사", ErrorClass.OTHER_SCRIPT),
        ("Счёт 3500", "Invoice Счёт", ErrorClass.OTHER_VALUE),
        ("12345", "Счёт", ErrorClass.OTHER_VALUE),
    ],
)
def test_a_translation_is_in_another_script(answer: str, target: str, kind: ErrorClass):
    assert kind is class_of(Said(answer), target)


def test_a_megabyte_is_told_as_well():
    target = "Итого 3 500"

    assert ErrorClass.LOOP is class_of(Said("я" * 1_000_000), target)
    assert ErrorClass.EXTRA_TEXT is class_of(
        Said(target + " и ещё" + str(list(range(200_000)))), target
    )


@pytest.mark.parametrize(
    ("answer", "target", "kind"),
    [
        ("Корлёв", "Королёв", ErrorClass.MISREAD),
        ("a llst of parts", "a list of parts", ErrorClass.MISREAD),
        ("she want a copy", "she wants a copy", ErrorClass.MISREAD),
        ("35000,00", "3 500,00", ErrorClass.DIGITS),
        ("12.30", "12:30", ErrorClass.DIGITS),
        ("1O.58", "10.50", ErrorClass.DIGITS),
        ("12l,000", "120,000", ErrorClass.DIGITS),
        ("2,450,000", "9,105,000", ErrorClass.OTHER_VALUE),
        ("25.11.2024", "12.03.2026", ErrorClass.OTHER_VALUE),
        ("Invoice 987", "Invoice 123", ErrorClass.DIGITS),
    ],
)
def test_digits_are_misread_where_nothing_but_digits_differs(
    answer: str, target: str, kind: ErrorClass
):
    assert kind is class_of(Said(answer, "xx"), target)


@pytest.mark.parametrize(
    "answer",
    [
        "The image does not contain a company name.",
        "There is no company name in the document",
        "Company not found",
        "Unable to determine",
        "No text found.",
        "The document doesn't mention it.",
        "[illegible]",
        "-",
        "На изображении нет такой информации.",
        "В документе не указано",
        "Информация отсутствует",
        "Данные не найдены",
        "неразборчиво",
        "Нет",
        "이미지에서 확인할 수 없습니다.",
        "정보가 없습니다.",
        "확인되지 않습니다",
    ],
)
def test_an_answer_that_says_there_is_nothing_is_a_refusal(answer: str):
    assert ErrorClass.REFUSED is class_of(Said(answer), "Ромашка, 12")


def test_where_yes_or_no_is_asked_a_denial_is_an_answer():
    assert ErrorClass.EXTRA_TEXT is class_of(Said("There is no signature in the document."), "No")
    assert ErrorClass.OTHER_VALUE is class_of(Said("Нет"), "Да")
    assert ErrorClass.OTHER_VALUE is class_of(Said("Not found in the text"), "Yes")
    assert ErrorClass.REFUSED is class_of(Said("Sorry, I cannot see the image."), "Yes")


def test_the_text_of_a_page_that_denies_something_is_no_refusal():
    page = f"Returns are not accepted. The lift is not available. {'Call us any day. ' * 12}"

    assert ErrorClass.REFUSED is not class_of(Said(page, is_page=True), "ООО Ромашка")
    assert ErrorClass.REFUSED is class_of(Said("No text found.", is_page=True), "ООО Ромашка")


def test_an_answer_that_begins_like_its_target_is_no_refusal():
    assert ErrorClass.MISREAD is class_of(Said("No datum"), "No data here")
    assert ErrorClass.REFUSED is not class_of(Said("unknown"), "unknow n name")


@pytest.mark.parametrize(("answer", "kind"), [("Нет данных", "format"), ("-", "spacing")])
def test_words_for_nothing_are_another_way_to_write_a_blank(answer: str, kind: str):
    assert ErrorClass(kind) is class_of(Said(answer), "")
    assert ErrorClass.MADE_UP is class_of(Said("123-45"), "")


@pytest.mark.parametrize(
    ("answer", "target"),
    [("3 500,00 руб.", "3 500,00"), ("$3,500.00", "3,500.00"), ("12.03.2026 г.", "12.03.2026")],
)
def test_a_currency_beside_an_amount_is_no_extra_text(answer: str, target: str):
    assert ErrorClass.FORMAT is class_of(Said(answer, "ru"), target)


@pytest.mark.parametrize(
    ("answer", "target"),
    [("100 - 200", "100-200"), ("100 – 200", "100-200"), ("Jan 1,2022", "Jan 1, 2022")],
)
def test_a_space_beside_a_mark_within_numbers_is_only_a_space(answer: str, target: str):
    assert ErrorClass.SPACING is class_of(Said(answer, "en"), target)


def test_in_the_text_of_a_page_a_space_within_the_value_is_only_a_space():
    page = "ИНН 7707083893 Инве. стнефтетрейд ООО и так далее на всю страницу"

    assert ErrorClass.SPACING is class_of(Said(page, "ru", is_page=True), "Инвестнефтетрейд")


@pytest.mark.parametrize("answer", ["B) it is", "The answer is B", "It is Moscow."])
def test_the_right_choice_with_words_around_it_is_extra_text(answer: str):
    assert ErrorClass.EXTRA_TEXT is class_of(Said(answer, choices=CHOICES), "B")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ('[{"n":"b","q":"2"},{"n":"c","q":"3"}]', ErrorClass.MISSING_TEXT),
        (
            '[{"n":"a","q":"1"},{"n":"x","q":"7"},{"n":"b","q":"2"},{"n":"c","q":"3"}]',
            ErrorClass.EXTRA_TEXT,
        ),
        ('[{"n":"c","q":"3"},{"q":"1","n":"a"},{"n":"b","q":"2"}]', ErrorClass.REORDERED),
        ('[{"q":"1","n":"A"},{"n":"b","q":"2"},{"n":"c","q":"3"}]', ErrorClass.CASE),
        ('[{"n":"a","q":"1"},{"n":"b","q":"2"},"c"]', ErrorClass.MISSING_TEXT),
    ],
)
def test_an_item_of_a_list_that_is_left_out_moves_no_other_one(answer: str, kind: ErrorClass):
    target = '[{"n":"a","q":"1"},{"n":"b","q":"2"},{"n":"c","q":"3"}]'

    assert kind is class_of(Said(answer), target)


def test_a_target_of_any_depth_is_compared():
    deep = "[" * 900 + '"a"' + "]" * 900

    assert ErrorClass.MISSING_TEXT is class_of(Said('[["b"], []]'), deep)


def test_what_a_document_says_not_to_be_there_is_no_refusal():
    assert ErrorClass.REFUSED is not class_of(Said("VAT is not included"), "Delivery included")
