import os
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from vlmhb.domain.typed import typed

ODD = [
    "",
    "a b",
    "it's",
    "$HOME `id` \\",
    "two\nlines",
    "\x1b[2J",
    "\u202eend",
    "👨\u200d👩",
    "\u00a0",
]


def read_by_bash(command: str) -> list[str]:
    """The words that a shell makes of it."""
    script = f"printf '%s\\0' {command}".encode("utf-8", "surrogateescape")
    end = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, check=True)
    return [os.fsdecode(word) for word in end.stdout.split(b"\0")[:-1]]


def test_a_shell_reads_the_same_words_however_odd_they_are():
    words = [*ODD, os.fsdecode(b"no text: \xff\xc3")]

    assert words == read_by_bash(typed(words))


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20)))
def test_it_is_one_line_of_what_can_be_seen(words: list[str]):
    assert typed(words).isprintable()


def test_usual_words_stay_as_they_were_typed():
    assert "vlmhb run run --out 'a b'" == typed(["vlmhb", "run", "run", "--out", "a b"])
