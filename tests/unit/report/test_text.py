import pytest

from vlmhb.report.text import encodable, one_line, shortened, visible, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("\udc80", "\\udc80"),
        ("\ufffe", "\\ufffe"),
        ("\U0001fffe", "\\U0001fffe"),
        ("\x85\r", "\\x85\\r".replace("\\r", "\\x0d")),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text: str, shown: str):
    assert shown == visible(text)


def test_letters_tabs_and_newlines_stay_as_they_are():
    text = "Ёлка 한글 e\u0301 \U0001f600\tx\ny"

    assert text == visible(text)


def test_one_line_holds_no_line_break():
    assert "a\\nb\\tc" == one_line("a\nb\tc")


def test_encodable_text_can_be_written_as_utf8_and_keeps_control_characters():
    text = encodable("\ud83d\udc80\x1b")

    assert "\\ud83d\\udc80\x1b" == text
    assert text.encode()


def test_shortened_text_ends_in_an_ellipsis():
    assert "abc…" == shortened("abcdef", 4)
    assert "abcd" == shortened("abcd", 4)


def test_wide_letters_take_two_columns_and_accents_none():
    assert 4 == width("한글")
    assert 1 == width("e\u0301")
