"""GitHub-flavoured Markdown that stays text, whatever is in it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from vlmhb.report.figures.ranking import Mark
from vlmhb.report.text import one_line, shortened

NAME_CHARS = 120
"""Of a name in a table."""

_HARMLESS = re.compile(r"[\w ./:,=%()+\-]+")
_PUNCTUATION = re.compile(r"[^\w ]|_")


def code(text: str) -> str:
    """`text` as code, which no Markdown renderer interprets.

    Text with anything beyond letters and harmless punctuation goes as an HTML element with every
    other character as an entity: table pipes, backquotes, tags, links and mentions stay text.
    """
    line = one_line(text)
    if _HARMLESS.fullmatch(line) and line == line.strip():
        return f"`{line}`"
    return tagged(text)


def tagged(text: str) -> str:
    """`text` as code between HTML tags, where nothing is read as Markdown."""
    return f"<code>{_PUNCTUATION.sub(lambda match: f'&#{ord(match[0])};', one_line(text))}</code>"


def name(text: str) -> str:
    """`text` as code, with an ellipsis where it is too long for a name."""
    return code(shortened(text, NAME_CHARS))


def table_lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; cells are written as they are."""
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"


def marked_figure(text: str, mark: Mark) -> str:
    """Bold for the best of a column."""
    match mark:
        case Mark.BEST:
            return f"**{text}**"
        case Mark.TIED:
            return f"{text} ≈"
        case Mark.NONE:
            return text
