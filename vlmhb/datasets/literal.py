"""Lists written into a cell as Python or JSON writes them, read without evaluating anything."""

import ast
import re

_SPACE = re.compile(r"\s*")
_SCALAR = re.compile(
    r"""'[^'\\\n]*(?:\\.[^'\\\n]*)*'
    | "[^"\\\n]*(?:\\.[^"\\\n]*)*"
    | [-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?""",
    re.VERBOSE | re.DOTALL,
)


def list_of(text: str) -> tuple[str, ...] | None:
    """The items of a list of texts and numbers, as text; None when `text` is no such list.

    `['a', "b", 3]` becomes `("a", "b", "3")`. Lists in lists, names and calls are no such list.
    """
    text = text.strip()
    if not (text.startswith("[") and text.endswith("]")):
        return None
    items: list[str] = []
    at = _after_space(text, 1)
    end = len(text) - 1
    while at < end:
        match = _SCALAR.match(text, at, end)
        item = _value(match.group()) if match else None
        if match is None or item is None:
            return None
        items.append(item)
        at = _after_space(text, match.end())
        if at < end:
            if text[at] != ",":
                return None
            at = _after_space(text, at + 1)
    return tuple(items)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(token: str) -> str | None:
    """The text that a token stands for. It has no brackets outside quotes, so nothing nests."""
    if token[0] not in "'\"":
        return token
    try:
        text = str(ast.literal_eval(token))
    except (SyntaxError, ValueError):
        return None
    # JSON writes a character beyond 16 bits as two halves.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
