"""The first table of an answer, written in HTML or Markdown."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vlmhb.metrics.tables.markdown import html_of_markdown
from vlmhb.metrics.tables.table import Node, Table
from vlmhb.metrics.trees.shape import shape_of

LONGEST = 1_000_000
"""Characters of an answer that are searched; the rest counts as not written."""
DEEPEST = 200
TABLE_TAG = re.compile(r"<table[\s>]", re.IGNORECASE)
SECTIONS = frozenset({"thead", "tbody", "tfoot"})
CELLS = frozenset({"td", "th"})


@lru_cache(maxsize=16)  # several metrics read the same answer, one after the other
def table_of(text: str, *, plain: bool) -> Table | None:
    """The first table: the first in HTML or, without one, the first in Markdown.

    With `plain`, header cells count as cells, sections and captions are left out, and of a
    cell's content the words alone are kept.
    """
    element = table_element(text[:LONGEST])
    if element is None:
        return None
    walked = list(plain_nodes(element) if plain else all_nodes(element, 0))
    shape, places = shape_of([depth for depth, _ in walked])
    return Table(shape, tuple(walked[place][1] for place in places))


def table_element(text: str) -> Any:
    """The first table as an lxml element; None without one."""
    start = TABLE_TAG.search(text)
    html = text[start.start() :] if start else html_of_markdown(text)
    if html is None:
        return None
    # It takes a while to import, and most runs have no tables.
    from lxml import etree  # noqa: PLC0415
    from lxml import html as lxml_html  # noqa: PLC0415

    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, encoding="utf-8")
    content = html.replace("\0", " ").encode("utf-8", errors="replace")
    try:
        document = lxml_html.document_fromstring(content, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return next(document.iter("table"), None)


def all_nodes(element: Any, depth: int) -> Iterator[tuple[int, Node]]:
    """Depth and node of every element down to the cells, as PubTabNet counts them.

    Only `td` is a cell there; what stands in a `th` is not compared.
    """
    if element.tag == "td":
        spans = (span(element, "colspan"), span(element, "rowspan"))
        yield depth, Node((element.tag, *spans), tuple(cell_tokens(element, depth))[1:-1])
        return
    yield depth, Node((element.tag,))
    if depth < DEEPEST:
        for child in element:
            yield from all_nodes(child, depth + 1)


def cell_tokens(element: Any, depth: int) -> Iterator[str]:
    """The content of a cell: characters, and a token for each tag."""
    yield f"<{element.tag}>"
    yield from element.text or ""
    if depth < DEEPEST:
        for child in element:
            yield from cell_tokens(child, depth + 1)
    if element.tag != "unk":
        yield f"</{element.tag}>"
    if element.tag != "td":
        yield from element.tail or ""


def plain_nodes(table: Any) -> Iterator[tuple[int, Node]]:
    """Depth and node of a table, its rows and cells, in order, whatever sections they are in."""
    yield 0, Node(("table",))
    parts = (part if part.tag in SECTIONS else (part,) for part in table)
    for row in (row for part in parts for row in part if row.tag == "tr"):
        yield 1, Node(("tr",))
        for cell in (cell for cell in row if cell.tag in CELLS):
            words = " ".join(" ".join(cell.itertext()).split())
            yield 2, Node(("td", span(cell, "colspan"), span(cell, "rowspan")), tuple(words))


def span(cell: Any, attribute: str) -> int:
    """How many columns or rows a cell takes; 1 where it does not say in digits."""
    written = cell.get(attribute, "1").strip()
    return int(written) if re.fullmatch("[0-9]{1,9}", written) else 1
