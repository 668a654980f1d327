"""A command as somebody types it."""

import shlex
from collections.abc import Iterable


def typed(words: Iterable[str]) -> str:
    """The command for a shell, in one line of nothing but what can be seen.

    A word with anything else in it is spelled out as `$'...'`, which bash, zsh, ksh and busybox
    read; the others are quoted for every shell.
    """
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    return f"$'{''.join(map(_spelled, word))}'"


def _spelled(char: str) -> str:
    if char in "\\'":
        return f"\\{char}"
    if char.isprintable():
        return char
    # Words of a command are bytes: what is no text comes as half a character.
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
