"""A drawn chart -> markup for the page: nothing in it but what a chart is made of."""

import re
from collections.abc import Iterator

from lxml import etree

SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:e-?\d+)?"
_LENGTH = re.compile(rf"{_NUMBER}(?:px)?")
_NUMBERS = re.compile(rf"{_NUMBER}(?:[ ,]+{_NUMBER})*")
_COLOUR = re.compile(r"#[0-9a-f]{3,6}|none|[a-z]{3,20}")
_WORDS = re.compile(r"[\w-]+(?: [\w-]+)*", re.ASCII)
_PATH = re.compile(r"[MLHVCSQTAZmlhvcsqtaz0-9eE.,\s-]+")
_TRANSFORM = re.compile(rf"(?:(?:translate|rotate|scale)\({_NUMBER}(?:[ ,]+{_NUMBER})*\)\s*)+")
_ANY = re.compile(r".*", re.DOTALL)

ATTRIBUTES = {
    "aria-label": _ANY,
    "class": _WORDS,
    "d": _PATH,
    "fill": _COLOUR,
    "fill-opacity": _LENGTH,
    "height": _LENGTH,
    "opacity": _LENGTH,
    "stroke": _COLOUR,
    "stroke-dasharray": _NUMBERS,
    "stroke-opacity": _LENGTH,
    "stroke-width": _LENGTH,
    "text-anchor": _WORDS,
    "transform": _TRANSFORM,
    "viewBox": _NUMBERS,
    "width": _LENGTH,
    "x": _LENGTH,
    "x1": _LENGTH,
    "x2": _LENGTH,
    "y": _LENGTH,
    "y1": _LENGTH,
    "y2": _LENGTH,
}
"""What may be said of an element, and how its value reads. Nothing here names another thing or
styles anything but its own element; sizes and fonts of text are charts.css's."""
UNWANTED_OF_GROUPS = frozenset({"aria-label"})
"""Vega describes axes and scales in sentences of its own."""
USUAL = frozenset(
    {
        ("fill", "#000"),
        ("fill", "black"),
        ("opacity", "1"),
        ("stroke", "#888"),
        ("stroke", "#ddd"),
        ("stroke", "black"),
        ("stroke-width", "1"),
    }
)
"""What holds without being said, or is another colour in charts.css anyway."""
ELEMENTS = frozenset({"g", "line", "path", "rect", "svg", "text"})
_FINE = re.compile(r"\d+\.\d{2,}(?:e-?\d+)?")
_DRAWN_NUMBERS = {"d", "transform", "x", "x1", "x2", "y", "y1", "y2", "width", "height"}


class UnknownMarkupError(Exception):
    """The text is no SVG, or says more than a chart needs."""


def clean_svg(svg: str, title: str) -> str:
    """The chart with `title` as its name for those who cannot see it.

    Marks that have a text of their own can be focused; which of them the keyboard reaches first is
    up to the page's script.

    Raises:
        UnknownMarkupError: it is not the SVG of a chart.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(svg.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise UnknownMarkupError(f"no SVG: {error.msg}") from error
    if root.getroottree().docinfo.doctype or root.tag != f"{SVG}svg":
        raise UnknownMarkupError("no SVG of a chart")
    made = _copied(root)
    if made is None:
        raise UnknownMarkupError("an empty chart")
    for name in ("width", "height", "class"):
        made.attrib.pop(name, None)
    made.set("role", "group")
    made.set("aria-label", title)
    text: str = etree.tostring(made, encoding="unicode")
    return text


def _copied(element: etree._Element) -> etree._Element | None:
    """The element with what is allowed of it; None for what is not drawn."""
    name = _name_of(element)
    if name not in ELEMENTS:
        raise UnknownMarkupError(f"an element of the name {name[:40]!r}")
    copy = etree.Element(name, dict(_attributes(element)))
    if name == "text":
        copy.text = element.text
    if copy.get("aria-label"):
        copy.set("tabindex", "-1")
        copy.set("role", "img")
    for child in element:
        kept = _copied(child)
        if kept is not None:
            copy.append(kept)
    return copy if _is_drawn(copy, element) else None


def _name_of(element: etree._Element) -> str:
    tag = element.tag
    if not isinstance(tag, str) or not tag.startswith(SVG):
        raise UnknownMarkupError("something that is no element of SVG")
    return tag.removeprefix(SVG)


def _attributes(element: etree._Element) -> Iterator[tuple[str, str]]:
    unwanted = UNWANTED_OF_GROUPS if element.tag == f"{SVG}g" else frozenset[str]()
    for name, value in element.attrib.items():
        known = ATTRIBUTES.get(name)
        if known is None or not known.fullmatch(value) or name in unwanted:
            continue
        if (name, value) in USUAL:
            continue
        if name in _DRAWN_NUMBERS:
            yield name, _FINE.sub(lambda number: f"{float(number[0]):.1f}", value)
        else:
            yield name, value


def _is_drawn(copy: etree._Element, element: etree._Element) -> bool:
    """Whether anything would be missing without it.

    Every group comes with a rectangle behind it, which the page has already, and one before it.
    """
    if element.get("class") in {"background", "foreground"} or element.get("display") == "none":
        return False
    if copy.tag == "text":
        return bool(copy.text)
    return copy.tag != "g" or len(copy) > 0
