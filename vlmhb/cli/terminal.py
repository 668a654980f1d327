"""Text on its way to a terminal."""

import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

CONTROL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def printable(text: str) -> str:
    """`text` with control and bidirectional characters spelled out, tabs and newlines kept.

    Answers and library messages are untrusted: they must not move the cursor, change the
    clipboard or hide what follows them.
    """
    return "".join(
        f"\\u{ord(char):04x}"
        if unicodedata.category(char) in CONTROL and char not in "\n\t"
        else char
        for char in text
    )


@contextmanager
def may_be_gone() -> Iterator[None]:
    """Print to a terminal that may have been closed: what is printed is in the run folder too."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at its end, and would fail there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
