"""Markdown tables as HTML."""

import re

DELIMITER = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
BAR = re.compile(r"(?<!\\)\|")
NO_TAG = re.compile(
    r"<(?!/?(?:a|b|br|code|del|div|em|font|i|img|ins|li|mark|ol|p|s|small|span|strong|sub|sup|u|ul)"
    r"(?:\s*/?|\s[^<>=]*=[^<>]*)>)",
    re.IGNORECASE,
)


def html_of_markdown(text: str) -> str | None:
    """The first table of a Markdown text, every cell a `td` and no sections; None without one.

    Rows have as many cells as the header: missing ones are empty, more are left out. Cells may
    hold HTML, such as `<br>`; a `<` that opens no known tag is a sign like any other.

    Source: GitHub Flavored Markdown 0.29, "Tables"; `td` for the header as OCRBench v2 does.
    """
    lines = [line.strip() for line in text.splitlines()]
    for header, delimiter in zip(range(len(lines)), range(1, len(lines)), strict=False):
        if "|" in lines[header] and is_delimiter(lines[delimiter], len(cells(lines[header]))):
            return table_html(lines[header:])
    return None


def is_delimiter(line: str, width: int) -> bool:
    """Whether a line is the row of dashes below a header of this many cells."""
    # White space is a lot cheaper to leave out here than to match around every dash.
    bare = "".join(line.split())
    return "|" in bare and DELIMITER.fullmatch(bare) is not None and len(cells(bare)) == width


def table_html(lines: list[str]) -> str:
    """A table of its header, a row of dashes and rows, up to the first line without a bar."""
    width = len(cells(lines[0]))
    rows = [cells(lines[0])]
    for line in lines[2:]:
        if "|" not in line:
            break
        rows.append([*cells(line), *[""] * width][:width])
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{body}</table>"


def cells(line: str) -> list[str]:
    """The cells of a row, without the bars around and between them."""
    inner = line.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    written = (cell.strip().replace("\\|", "|") for cell in BAR.split(inner))
    return [NO_TAG.sub("&lt;", cell) for cell in written]
