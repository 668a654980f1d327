import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.classes.named_class import named_class

CHOICES = (("invoice", "Счёт"), ("facture", "Счёт-фактура"), ("act", "Акт, подписанный"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("invoice", 0),
        ("Invoice.", 0),
        ("«Счет»", 0),
        ("**facture**", 1),
        ("Это счёт-фактура.", 1),
        ("СЧЕТ – ФАКТУРА", 1),
        ("это счёт -фактура", 1),
        ("акт подписанный", 2),
        ("act,", 2),
        ('{"class": "facture"}', 1),
        ("счёт-фактура (facture)", 1),
        ("invoice или act", None),
        ("счёт-фактура, но не просто счёт", None),
        ("factures", None),
        ("None", None),
        ("", None),
    ],
)
def test_a_class_is_named_by_itself_or_its_title(text, expected):
    assert expected == named_class(text, CHOICES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not an invoice", None),
        ("This is not an invoice.", None),
        ("It isn't an invoice", None),
        ('The class is not "invoice".', None),
        ("does not belong to the class invoice", None),
        ("There is no invoice here", None),
        ("neither an invoice nor an act", None),
        ("not an invoice or act", None),
        ("an act, not an invoice", 2),
        ("not an invoice but an act", 2),
        ("It's not an invoice, it's an act", 2),
        ("It's not an invoice it's an act", 2),
        ("act rather than invoice", 2),
        ("Not sure, but: invoice", 0),
        ("No, invoice", 0),
        ("Not sure: invoice", 0),
        ("Не уверен, счёт", 0),
        ('no "invoice" here', None),
        ("I could not find any stamp on it. invoice", 0),
        ("I could not find any stamp anywhere on the invoice", 0),
        ("not only an invoice but also an act", None),
        ("invoice. No, it is not an invoice", None),
        ("это не счёт", None),
        ("Не счёт, а акт подписанный", 2),
        ("акт подписанный, а не счёт", 2),
        ("не относится к классу invoice", None),
        ("Не счёт-фактура, а счёт", 0),
        ("не только счёт, но и счёт-фактура", None),
        ("ни счёт, ни счёт-фактура", None),
        ("Подписи нет. Это счёт", 0),
        ("invoice가 아닙니다", None),
        ('"invoice"가 아니라 act입니다', 2),
        ("invoice 아님", None),
        ("invoice뿐만 아니라 act", None),
        ("Not an invoice - an act", 2),
        ("Не акт подписанный — счёт", 0),
        ("Это не счёт — фактура", None),
    ],
)
def test_a_class_that_is_denied_is_not_named(text, expected):
    assert expected == named_class(text, CHOICES)


KOREAN = (("invoice", "송장"), ("receipt", "영수증"), ("other", "송장 아님"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("송장", 0),
        ("송장입니다.", 0),
        ("이 문서는 송장이다", 0),
        ("송장으로 보입니다", 0),
        ("송장이 아닙니다", None),
        ("송장이 아니라 영수증입니다", 1),
        ("영수증이고 송장은 아님", 1),
        ("송장과 영수증", None),
        ("송장번호", None),
        ("가송장", None),
        ("송장 아님", 2),
        ("영수증에 해당합니다", 1),
        ("송장네요", 0),
        ("송장도 영수증도 아닙니다", None),
        ("송장이나 영수증이 아닙니다", None),
        ("송장 또는 영수증이 아닙니다", None),
        ("송장으로 보이지 않습니다", None),
        ("송장에 해당하지는 않습니다", None),
        ("송장이라고 볼 수 없습니다", None),
        ("송장에 서명이 보이지 않습니다", 0),
    ],
)
def test_a_korean_noun_may_have_its_particle(text, expected):
    assert expected == named_class(text, KOREAN)


def test_a_single_syllable_is_no_noun_with_a_particle():
    """`수` is a number, and `수도` is water supply."""
    assert 1 == named_class("수도 영수증", (("number", "수"), ("receipt", "영수증")))


def test_a_class_whose_name_is_a_denial_is_named_by_it():
    choices = (("invoice", "Счёт"), ("not invoice", "Не счёт"))

    assert 1 == named_class("This is not invoice", choices)
    assert 1 == named_class("Класс: не счёт.", choices)
    assert 0 == named_class("Класс: счёт.", choices)


def test_commas_inside_a_name_count_for_nothing():
    assert 2 == named_class("Это акт, подписанный вчера", CHOICES)
    assert 2 == named_class("Это акт подписанный вчера", CHOICES)


@given(st.text())
def test_no_text_raises(text):
    assert named_class(text, CHOICES) in {None, 0, 1, 2}
