"""What a file says, as an error quotes it."""

MAX_CHARS = 80


def quoted(text: str) -> str:
    """`text` as a literal; of a long one the beginning, and how long it is."""
    if len(text) <= MAX_CHARS:
        return repr(text)
    return f"{text[:MAX_CHARS]!r}... ({len(text):,} characters)"
