"""Text from which secrets are taken before somebody reads it or a file keeps it."""

import re
from collections.abc import Iterable

HIDDEN = "[secret]"
MIN_CHARS = 8
"""Shorter values are words and numbers: to take them out would garble what has nothing to do with
them."""
_LOGIN = r"[^\s/?#@\"'<>{}|\\^`]"
"""No quotes and braces: they stand between an address and a mailbox in an example of JSON."""
_USER = re.compile(
    rf"\b((?:git\+)?https?://)(?!git@){_LOGIN}+@|\b([a-z0-9+]{{1,12}}://)(?:(?!:){_LOGIN})+:{_LOGIN}+@"
)
"""Schemes are short, else a line of `a+a+a+` would be looked through again from each of them."""


_USER_BYTES = re.compile(_USER.pattern.encode())
_BEGUN = re.compile(rf"\b[a-z0-9+]{{1,12}}://{_LOGIN}{{0,300}}\Z".encode())


def has_user(text: str) -> bool:
    """True where an address in it names a user."""
    return "@" in text and _USER.search(text) is not None


def without_user(text: str) -> str:
    """The text with nothing but `...` for the user and password of its addresses."""
    if "@" not in text:
        return text
    return _USER.sub(lambda found: f"{found[1] or found[2]}...@", text)


def without_users(printed: bytes) -> bytes:
    """The same of bytes."""
    if b"@" not in printed:
        return printed
    return _USER_BYTES.sub(lambda found: b"%s...@" % (found[1] or found[2]), printed)


def begun_user(printed: bytes) -> int:
    """Where at the end of what was printed so far an address begins that may yet name a user."""
    found = _BEGUN.search(printed, max(0, len(printed) - 320))
    return found.start() if found else len(printed)


def without_values(text: str, values: Iterable[str]) -> str:
    """The text with `[secret]` for each of the values, those inside of others last."""
    for value in sorted(set(values), key=len, reverse=True):
        if len(value) >= MIN_CHARS:
            text = text.replace(value, HIDDEN)
    return text
