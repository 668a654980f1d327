"""The kinds that are known by their digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.fields.bank import ACCOUNT, BIK, KPP, account_is_right
from vlmhb.metrics.fields.inn import INN, inn_is_right
from vlmhb.metrics.fields.kind import reading
from vlmhb.metrics.fields.ogrn import OGRN, ogrn_is_right
from vlmhb.metrics.fields.passport import PASSPORT
from vlmhb.metrics.fields.phone import PHONE
from vlmhb.metrics.fields.snils import SNILS, snils_is_right

# Numbers of Sberbank, and the ones that tax and pension services print as examples.
RIGHT = (
    (inn_is_right, "7707083893"),
    (inn_is_right, "500100732259"),
    (ogrn_is_right, "1027700132195"),
    (ogrn_is_right, "304500116000157"),
    (snils_is_right, "11223344595"),
)


@pytest.mark.parametrize(("is_right", "digits"), RIGHT)
def test_real_numbers_have_right_check_digits(is_right, digits):
    assert is_right(digits)


@pytest.mark.parametrize(("is_right", "digits"), RIGHT)
def test_no_other_last_digit_is_right(is_right, digits):
    others = [f"{digits[:-1]}{last}" for last in "0123456789" if last != digits[-1]]

    assert not any(map(is_right, others))


def test_a_snils_from_before_there_were_checks_is_right():
    assert snils_is_right("00100199800")
    assert not snils_is_right("00100199900")


@pytest.mark.parametrize(
    ("digits", "expected"), [("08765430300", True), ("08765430301", False), ("92000010000", True)]
)
def test_a_snils_check_of_a_hundred_and_of_nothing_is_written_00(digits, expected):
    """Weighted 9 to 1, 087654303 sums up to 202, twice the modulus, and 920000100 to 100."""
    assert expected == snils_is_right(digits)


@pytest.mark.parametrize(
    ("account", "bik"),
    [("40602810700000000025", "044525225"), ("30101810400000000225", "044525225")],
)
def test_an_account_belongs_to_its_bank(account, bik):
    wrong = f"{account[:8]}{(int(account[8]) + 1) % 10}{account[9:]}"

    assert account_is_right(account, bik) != account_is_right(wrong, bik)


@pytest.mark.parametrize(
    ("account", "bik"),
    [
        ("40101810045250010041", "044525000"),
        ("40101810845250010102", "044525000"),
        ("40101810800000010041", "044583001"),
        ("40101810600000010006", "042202001"),
        ("40102810545370000003", "004525988"),
    ],
)
def test_an_account_of_the_treasury_goes_with_its_settlement_centre(account, bik):
    assert account_is_right(account, bik)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (INN, "ИНН 7707083893, КПП 773601001", "7707083893"),
        (INN, "77 0708 3893", "7707083893"),
        (KPP, "7707083893/773601001", "773601001"),
        (KPP, "КПП 7736AB001", "7736AB001"),
        (KPP, "БИК — 044525225; КПП – 773601001", "773601001"),
        (SNILS, "112-233-445 95", "11223344595"),
        (SNILS, "11223344595", "11223344595"),
        (OGRN, "ОГРН: 1027700132195", "1027700132195"),
        (BIK, "БИК 044525225", "044525225"),
        (ACCOUNT, "40702 810 4 6077 8342 1234", None),
        (ACCOUNT, "40702 810 4 0000 0000225", "40702810400000000225"),
        (PASSPORT, "45 05 679944", "4505679944"),
        (PASSPORT, "4505 679944", "4505679944"),
        (PASSPORT, "4 505 679 944", "4505679944"),
        (PASSPORT, "4505679944", "4505679944"),
        (PASSPORT, "серия 45 05 № 679944", "4505679944"),
        (PASSPORT, "Серия: 45 05, номер: 679944", "4505679944"),
        (PHONE, "8 (495) 123-45-67", "74951234567"),
        (PHONE, "тел. +7 495 123 45 67", "74951234567"),
        (PHONE, "+82 2-1234-5678", "0212345678"),
        (INN, "7707083893 и 7703534320", None),
        (INN, "770708389", None),
        (INN, "17707083893", None),
        (PHONE, "12345", None),
        (PHONE, "(495) 123-45-67", "4951234567"),
        (PASSPORT, "45 05 679944 01.02.2003", "4505679944"),
        (PASSPORT, "45 05 N 679944", "4505679944"),
        (PASSPORT, "45 05 679944, 45 05 679945", None),
        (SNILS, "112-233-445 95 7707083893", "11223344595"),
        (KPP, "773 601 001", "773601001"),
        (KPP, "КПП/БИК: 773601001, 044525225", None),
        (PASSPORT, "", None),
        (PASSPORT, "4505/679944", "4505679944"),
        (PASSPORT, "4505679944/4505679945", None),
    ],
)
def test_a_number_is_read_whatever_parts_its_digits(kind, text, expected):
    assert (None if expected is None else frozenset({expected})) == reading(kind, text)


@given(st.text())
def test_no_text_raises(text):
    for kind in (INN, KPP, SNILS, OGRN, BIK, ACCOUNT, PASSPORT, PHONE):
        kind.whole(text)

        assert all(kind.readings(text))


def agree_on_phone(said: str, truth: str) -> bool:
    meanings = [meaning for text in (said, truth) if (meaning := reading(PHONE, text))]
    assert 2 == len(meanings)
    return PHONE.agree(*meanings)


@pytest.mark.parametrize(
    ("said", "truth"),
    [
        ("+82 10-1234-5678", "010-1234-5678"),
        ("+82 (0)2 123 4567", "02-123-4567"),
        ("+1 555 123 4567", "(555) 123-4567"),
        ("8 (800) 555-35-35 (24/7)", "8 800 555-35-35"),
        ("(8 800) 555-35-35", "+7 800 555 35 35"),
        ("(495) 123-45-67", "8 (495) 123-45-67"),
    ],
)
def test_a_phone_number_is_the_same_with_and_without_its_countrys_prefix(said, truth):
    assert agree_on_phone(said, truth)


@pytest.mark.parametrize(
    ("said", "truth"),
    [
        ("+7 555 123 4567", "+1 555 123 4567"),
        ("+82 10-1234-5679", "010-1234-5678"),
        ("+7 10 1234 5678", "+82 10 1234 5678"),
    ],
)
def test_phone_numbers_of_two_countries_are_two(said, truth):
    assert not agree_on_phone(said, truth)


@pytest.mark.parametrize("text", ["(24/7)", "123-45", "+7 (495) 123-45-67-89-01-23-45"])
def test_too_few_and_too_many_digits_are_no_phone_number(text):
    assert reading(PHONE, text) is None
    assert not PHONE.whole(text)
