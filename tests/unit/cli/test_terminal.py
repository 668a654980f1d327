"""What untrusted text may do to a terminal: nothing."""

import ast
from pathlib import Path

import pytest

import vlmhb.cli
from vlmhb.cli.envelope import facts_of
from vlmhb.cli.terminal import complain, complain_of_bug, printable
from vlmhb.errors import ConfigError, EnvError


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


@pytest.mark.parametrize("tell", [complain, complain_of_bug])
def test_neither_logins_nor_the_users_own_secrets_are_in_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys, tell
):
    monkeypatch.setenv("HF_TOKEN", "canary-3f9c1e7a")
    monkeypatch.setenv("PLAIN", "canary-in-the-open")
    error = EnvError(
        "cannot fetch",
        "https://me:pw@h/a with canary-3f9c1e7a and canary-in-the-open",
        next_step="look at https://token@h",
    )

    tell(error)
    told = capsys.readouterr().err
    facts = facts_of(error)

    for text in (told, str(facts)):
        assert "https://...@h/a with [secret] and canary-in-the-open" in text
        assert "look at https://...@h" in text
        assert "pw" not in text
        assert "canary-3f9c1e7a" not in text


def test_issues_of_a_file_are_told_without_secrets_as_json_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_API_KEY", "canary-3f9c1e7a")

    facts = facts_of(ConfigError(("a.yaml:1:1 got canary-3f9c1e7a",)))

    assert ["a.yaml:1:1 got [secret]"] == facts["issues"]


def test_whatever_a_command_prints_is_made_printable_first():
    own = {"terminal.py", "envelope.py"}  # the one that does it, and JSON, which spells it out
    files = [file for file in Path(vlmhb.cli.__path__[0]).rglob("*.py") if file.name not in own]
    raw = [
        f"{file.name}:{call.lineno}"
        for file in files
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"click.echo", "print"}
        for text in call.args[:1]
        if not isinstance(text, ast.Constant) and not ast.unparse(text).startswith("printable(")
    ]

    assert [] == raw
