import pytest

from vlmhb.metrics.fields.kind import reading
from vlmhb.metrics.fields.money import MONEY, money_in


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("1 234,56 руб.", {"1234.56 RUB"}),
        ("1\u00a0234,56 ₽", {"1234.56 RUB"}),
        ("1'234.56 р.", {"1234.56 RUB"}),
        ("1234.56 RUB", {"1234.56 RUB"}),
        ("1 234 руб. 56 коп.", {"1234.56 RUB"}),
        ("1 234 рубля 06 копеек", {"1234.06 RUB"}),
        ("$1,234.56", {"1234.56 USD"}),
        ("1.234,56 €", {"1234.56 EUR"}),
        ("₩9,105,000", {"9105000 KRW"}),
        ("9,105,000원", {"9105000 KRW"}),
        ("5 тыс. руб.", {"5000 RUB"}),
        ("1,5 млн руб.", {"1500000 RUB"}),
        ("Итого: 449 764,88", {"449764.88 any"}),
        ("-12,50", {"-12.5 any"}),
        ("0,00 руб.", {"0 RUB"}),
        ("1,234", {"1234 any", "1.234 any"}),
        ("0,234", {"0.234 any"}),
        ("1,2345", {"1.2345 any"}),
        ("1.234.567", {"1234567 any"}),
        ("1,234 руб. (1234 рубля)", {"1234 RUB"}),
        ("1 234-56 руб.", {"1234.56 RUB"}),
        ("1234-56 ₽", {"1234.56 RUB"}),
        ("50 коп.", {"0.5 RUB"}),
        ("-50 коп.", {"-0.5 RUB"}),
        ("НДС 20% 200,00", {"200 any"}),
        ("1 200,00, 20 %", {"1200 any"}),
        ("5 шт. 100 руб.", {"100 RUB"}),
        ("100 рублей", {"100 RUB"}),
        ("-$500.00", {"-500 USD"}),
        ("−₩9,105,000", {"-9105000 KRW"}),
        ("- $500", {"500 USD"}),
        ("$1.5M", {"1500000 USD"}),
        ("€2k", {"2000 EUR"}),
        ("$3bn", {"3000000000 USD"}),
        ("2 трлн руб.", {"2000000000000 RUB"}),
        ("120 т.р.", {"120000 RUB"}),
        ("120 т. руб.", {"120000 RUB"}),
        ("1234 р. 56 к.", {"1234.56 RUB"}),
        ("1억 2,000만원", {"120000000 KRW"}),
        ("910만 5천원", {"9105000 KRW"}),
        ("12만3,400 원", {"123400 KRW"}),
        ("3,500천원", {"3500000 KRW"}),
        ("3.5백만원", {"3500000 KRW"}),
        ("금 5천만 원정", {"50000000 KRW"}),
    ],
)
def test_an_amount_is_read_with_every_meaning_it_can_have(text, meanings):
    assert frozenset(meanings) == reading(MONEY, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "руб.",
        "100 руб. и 200 руб.",
        "١٢٣",
        "100 %",
        "100 кг",
        "12,50 руб. 50 коп.",
        "10-15 руб.",
        "одна тысяча рублей 56 копеек",
        "1 234,56 (одна тысяча двести тридцать четыре рубля 57 копеек)",
        "1 234 руб. 56 коп. (1 234,57 руб.)",
        "2천3백만원",
    ],
)
def test_what_is_no_single_amount_cannot_be_read(text):
    assert reading(MONEY, text) is None


@pytest.mark.parametrize(
    ("said", "true", "expected"),
    [
        ("1234.56", "1 234,56 руб.", True),
        ("1 234,56 руб.", "1234.56", True),
        ("1234.56 EUR", "$1,234.56", False),
        ("1 234,57", "1 234,56", False),
        ("1234", "1,234", True),
        ("1,234", "1234", False),
        ("1,000 руб.", "1 руб.", False),
        ("1,234", "1.234", True),
        ("50 коп.", "50 руб.", False),
    ],
)
def test_an_amount_without_currency_can_be_of_any(said, true, expected):
    ours, theirs = reading(MONEY, said), reading(MONEY, true)

    assert ours is not None
    assert theirs is not None
    assert expected == MONEY.agree(ours, theirs)


@pytest.mark.parametrize(
    "text",
    [
        "1 234,56 (одна тысяча двести тридцать четыре рубля 56 копеек)",
        "1 234,56 руб. (одна тысяча двести тридцать четыре руб. 56 коп.)",
        "1 234 руб. 56 коп. (1 234,56 руб.)",
    ],
)
def test_a_total_may_be_repeated_in_words_or_kopecks(text):
    assert frozenset({"1234.56 RUB"}) == reading(MONEY, text)


def test_a_number_too_long_for_an_amount_means_nothing():
    assert reading(MONEY, "9" * 2_000) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 234,56", True),
        ("$5", True),
        ("5 руб. 10 коп.", True),
        ("5", False),
        ("123.", False),
        ("10.10", False),
        ("12,30", False),
        ("112,30", True),
        ("1 234-56 руб.", True),
        ("оплата 5 руб.", False),
        ("-$500.00", True),
        ("1억 2,000만원", True),
        ("120 т.р.", True),
    ],
)
def test_a_target_is_money_when_it_has_a_currency_or_two_decimals(text, expected):
    assert expected == MONEY.whole(text)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ru", "1,234", "1.234"),
        ("ru", "2.345", "2.345"),
        ("ru", "1,234,567", "1234567"),
        ("en", "1,234", "1234"),
        ("en", "1.234", "1.234"),
        ("ko", "9,105", "9105"),
    ],
)
def test_the_language_says_what_a_mark_before_three_digits_is(language, text, expected):
    assert frozenset({f"{expected} any"}) == reading(money_in(language), text)
