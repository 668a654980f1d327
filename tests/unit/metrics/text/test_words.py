import pytest

from vlmhb.metrics.text.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Счёт № 45, итого: 1,5", ["счет", "№", "45", "итого", "1", "5"]),
        ("합계 금액!", ["합계", "금액"]),
        ("合計 1000円", ["合", "計", "1000", "円"]),
        ("カタカナ", ["カ", "タ", "カ", "ナ"]),
        ("\ufa0e\ufa0f𠀁𠀂", ["\ufa0e", "\ufa0f", "𠀁", "𠀂"]),
        ("Итого 合計", ["итого", "合", "計"]),
        ("ＡＢ１２", ["ａｂ１２"]),
        ("don't", ["d\u043en", "\u0442"]),
        (" — ", []),
        ("", []),
    ],
)
def test_words_of_several_scripts(text, expected):
    assert expected == words(text)
