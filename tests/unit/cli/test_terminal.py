"""What untrusted text may do to a terminal: nothing."""

import pytest

from vlmhb.cli.terminal import complain, printable
from vlmhb.errors import EnvError


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J", "\x1b]52;c;ZXZpbA==\x07", "\r", "\x00", "\x9b31m", "\u202e", "\u2028", "\ud800"],
)
def test_control_and_bidirectional_characters_are_spelled_out(text: str):
    shown = printable(f"a{text}b")

    assert shown.isprintable()
    assert shown.startswith("a\\u")


def test_letters_of_all_scripts_lines_and_tabs_stay():
    text = "Счёт № 1\t合計\n한국어 ½ €"

    assert text == printable(text)


def test_what_an_error_quotes_keeps_its_lines_and_nothing_else(capsys):
    complain(EnvError("cannot unpack", "one\x1b[2J\ntwo\r", next_step="\u202eforget it"))

    expected = "vlmhb: cannot unpack: one\\u001b[2J\ntwo\\u000d\nNext: \\u202eforget it\n"
    assert ("", expected) == capsys.readouterr()
