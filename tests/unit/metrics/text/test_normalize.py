import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from tests.guides import GUIDE
from vlmhb.metrics.text import normalize
from vlmhb.metrics.text.normalize import CI, DOCUMENT, FIELD, RAW, RULES

SETS = (RAW, CI, FIELD, DOCUMENT)


@given(st.text())
def test_raw_changes_nothing(text):
    assert text == RAW(text)


@pytest.mark.parametrize("rules", [CI, FIELD, DOCUMENT])
@pytest.mark.parametrize("word", ["합계금액", "йёжик", "Ünïcode", "ǰΐ"])
def test_composed_and_decomposed_spellings_are_equal(rules, word):
    decomposed = unicodedata.normalize("NFD", word)

    assert decomposed != word
    assert rules(word) == rules(decomposed)


@given(st.text())
def test_ci_is_stable(text):
    """What has been normalised once is not changed by a second time."""
    once = CI(text)

    assert once == CI(once)


def test_letters_that_folding_takes_apart_are_composed_again():
    assert "\u0390" == CI("\u0390".upper())


def test_ci_keeps_everything_but_case():
    assert "ооо «ёлка» – 1 000\n" == CI("ООО «Ёлка» – 1 000\n")


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("449 764,88", "449764,88"),
        ("2\u00a0954\u00a0753,98", "2954753,98"),
        ("2\u202f954\u2009753,98", "2954753,98"),
        ("Итого: 449 764,88 руб.", "Итого: 449764,88 руб."),
        ("37 кг 6 867,42 254 094,54", "37 кг 6867,42 254094,54"),
        ("45 05 679944", "45 05 679944"),
        ("ИНН 7756818117 775601001", "ИНН 7756818117 775601001"),
        ("0,123 456", "0,123 456"),
        ("12\n345", "12\n345"),
        ("12  345", "12  345"),
        ("1 2345", "1 2345"),
        ("1 234 5678", "1234 5678"),
    ],
)
def test_digit_groups_are_joined_and_columns_are_not(printed, expected):
    assert expected == normalize.digit_groups(printed)


@pytest.mark.parametrize("space", " \u00a0\u2007\u2009\u202f")
def test_every_space_that_typesetters_put_into_numbers_joins_digits(space):
    assert "12345678" == normalize.digit_groups(f"12{space}345{space}678")


@pytest.mark.parametrize(
    "character",
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202e\u2060\u2066\u206f"
    "\ufe00\ufe0e\ufe0f\ufeff",
)
def test_what_nobody_sees_is_not_there(character):
    assert "счёт" == normalize.invisible(f"{character}сч{character}ёт")


@pytest.mark.parametrize("dash", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
def test_every_dash_is_a_hyphen(dash):
    assert "а-б" == normalize.dashes(f"а{dash}б")


@pytest.mark.parametrize(("quotes", "typewriter"), [("«»„“”‟″", '"'), ("‘’‚‛‹›′", "'")])
def test_every_quote_is_one_of_a_typewriter(quotes, typewriter):
    assert typewriter * 7 == normalize.quotes(quotes)


def test_what_markdown_draws_with_is_punctuation_and_signs_of_sums_are_not():
    assert "1 2 3 4 5 6" == DOCUMENT("1~2`3|4^5_6")
    assert "1+2=3 <4> 5€ 6₽ №7" == DOCUMENT("1+2=3 <4> 5€ 6₽ №7")


def test_a_letter_is_composed_with_its_mark_after_it_became_cyrillic():
    """No Latin y with a breve is written as one character, the Cyrillic letter is."""
    assert DOCUMENT("ўсё") == DOCUMENT("y\u0306сё")


def test_yo_goes_in_both_cases():
    assert "ЕЩЕ еще" == normalize.yo("ЕЩЁ ещё")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("НПО «Гущина»", 'нпо "гущина"'),
        ("„schnelle”", "“SCHNELLE“"),
        ("l’été", "l'été"),
        ("Расчётный счёт", "расчетный счет"),
        ("МТС–банк", "мтс-банк"),
        ("МТС—банк", "МТС−банк"),
        (" два \n  слова\t", "два слова"),
        ("Straße", "STRASSE"),
        ("1 000", "1000"),
    ],
)
def test_field_equals_spellings_of_one_value(left, right):
    assert FIELD(left) == FIELD(right)


@pytest.mark.parametrize(
    ("left", "right"), [("1,5", "1.5"), ("№ 1", "1"), ("е", "e"), ("12\n345", "12345")]
)
def test_field_keeps_different_values_apart(left, right):
    """The last but one pair is a Cyrillic and a Latin letter."""
    assert FIELD(left) != FIELD(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Согласовано: 5 %.", "согласовано 5"),
        ("| Стол | 1,5 |", "стол 1.5"),
        ("ОАО", "OAO"),
        ("Mосква", "москва"),
        ("ЁЖ", "еж"),
        ("Ëж", "ёж"),
        ("т.е.", "т. е."),
        ("со\u00adгласие", "согласие"),
        ("COM", "com"),
    ],
)
def test_document_equals_spellings_of_one_text(left, right):
    assert DOCUMENT(left) == DOCUMENT(right)


@pytest.mark.parametrize(("left", "right"), [("1,5", "15"), ("№ 1", "1"), ("5 $", "5 €")])
def test_document_keeps_different_texts_apart(left, right):
    assert DOCUMENT(left) != DOCUMENT(right)


@given(st.text(), st.text())
def test_look_alikes_only_bring_texts_closer(left, right):
    before = Levenshtein.distance(left, right)
    after = Levenshtein.distance(normalize.look_alikes(left), normalize.look_alikes(right))

    assert after <= before


@pytest.mark.parametrize("letters", list(zip(normalize.LATIN, normalize.CYRILLIC, strict=True)))
def test_every_look_alike_is_a_latin_and_a_cyrillic_letter(letters):
    latin, cyrillic = map(unicodedata.name, letters)

    assert latin.startswith("LATIN")
    assert cyrillic.startswith("CYRILLIC")
    assert latin.split()[1] == cyrillic.split()[1]


@pytest.mark.parametrize("rules", SETS, ids=[rules.name for rules in SETS])
@given(text=st.text())
def test_what_has_been_normalised_is_not_changed_again(rules, text):
    once = rules(text)

    assert once == rules(once)


def test_composing_many_marks_takes_time_in_proportion_to_them():
    """Twice the marks are sorted in twice the pieces, none of which is long."""
    marks = "\u0301\u0327" * 40_000
    composed = normalize.nfc(f"и\u0306{marks}")

    assert sorted(f"и\u0306{marks}") == sorted(composed)
    runs = [normalize.nfc("\u0301\u0327" * count) for count in (15, 30)]
    assert runs[1] == runs[0] * 2


def test_a_line_of_dashes_does_not_keep_a_letter_in_pieces():
    assert "й" + "—" * 100 == normalize.nfc("и\u0306" + "—" * 100)


def test_the_guide_lists_every_rule_and_every_set_in_order():
    text = (GUIDE / "scoring.md").read_text(encoding="utf-8")
    names = {rule: name for name, rule in RULES.items()}

    for name in RULES:
        assert f"| {name} |" in text
    for normaliser in SETS:
        rules = ", ".join(dict.fromkeys(names[rule] for rule in normaliser.rules))
        assert f"| `{normaliser.name}` | {rules or 'none'} |" in text
