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


@given(st.text())
def test_no_text_raises(text):
    assert named_class(text, CHOICES) in {None, 0, 1, 2}
