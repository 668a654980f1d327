"""Text from models and datasets, made safe to show without hiding what was in it."""

import re
import unicodedata

CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
INVISIBLE = "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
UNENCODABLE = "\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_NOT_SHOWABLE = re.compile(f"[{CONTROL}{INVISIBLE}{UNENCODABLE}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def escape_sequence(character: str) -> str:
    r"""The way Python source spells `character`, such as `\x1b` or `\u202e`."""
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    r"""`text` with every character that cannot be seen spelled out; tab and newline stay.

    Terminals act on escape sequences and browsers on direction overrides, so both are shown as
    `\x1b` and `\u202e` instead of being obeyed.
    """
    return _NOT_SHOWABLE.sub(lambda match: escape_sequence(match[0]), text)


def one_line(text: str) -> str:
    r"""`visible(text)` with newlines as `\n` and tabs as `\t`."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def encodable(text: str) -> str:
    """`text` with lone surrogates spelled out, everything else untouched."""
    return _SURROGATE.sub(lambda match: escape_sequence(match[0]), text)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis when something was left out."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def width(text: str) -> int:
    """Columns a terminal gives to `text`."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
