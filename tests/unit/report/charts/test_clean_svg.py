import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from vlmhb.report.charts.clean_svg import ATTRIBUTES, ELEMENTS, UnknownMarkupError, clean_svg
from vlmhb.report.text import visible

OURS = {"aria-label", "role", "tabindex"}
"""What the cleaner says by itself."""


def chart(inside: str, head: str = "") -> str:
    return (
        f'{head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 10 10"><g class="mark-text role-mark">{inside}</g><path d="M0,0h1"/></svg>'
    )


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>',
        '<image href="http://192.0.2.1/a.png"/>',
        '<use href="#other"/>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        "<style>* { display: none }</style>",
        '<animate attributeName="href" to="x"/>',
        '<img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="alert(1)"/>',
        "<!-- comment -->",
        "<?instruction?>",
    ],
)
def test_what_no_chart_is_made_of_is_refused(inside: str):
    with pytest.raises(UnknownMarkupError):
        clean_svg(chart(inside), "A chart")


@pytest.mark.parametrize(
    "text",
    [
        "no markup",
        "<svg/>",
        "<html/>",
        chart("", '<!DOCTYPE svg [<!ENTITY a "b">]>'),
        chart("&unknown;"),
        chart("")[:-3],
    ],
)
def test_what_is_no_svg_is_refused(text: str):
    with pytest.raises(UnknownMarkupError):
        clean_svg(text, "A chart")


@pytest.mark.parametrize(
    "attribute",
    [
        'onload="alert(1)"',
        'onclick="alert(1)"',
        'style="fill: url(http://192.0.2.1/)"',
        'xlink:href="http://192.0.2.1/"',
        'href="javascript:alert(1)"',
        'id="theme"',
        'fill="url(#a)"',
        'clip-path="url(#clip0)"',
        'class="a&quot; onload=&quot;alert(1)"',
        'transform="url(x)"',
        'filter="url(http://192.0.2.1/)"',
    ],
)
def test_an_attribute_that_is_not_known_or_reads_otherwise_is_left_out(attribute: str):
    cleaned = clean_svg(chart(f'<path d="M0,0h5" {attribute}/>'), "A chart")

    assert 2 == cleaned.count("<path")
    name = re.findall(r"[\w-]+(?==)", attribute)[0]
    assert f" {name}=" not in cleaned.replace(' class="mark-text role-mark"', "")


@given(st.text(max_size=60))
def test_any_text_comes_out_as_text(text: str):
    shown = visible(text)
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")

    cleaned = clean_svg(
        chart(f'<text>{escaped}!</text><path d="M0,0h2" aria-label="{escaped}"/>'), shown
    )

    root = etree.fromstring(cleaned)
    assert {element.tag for element in root.iter()} <= ELEMENTS
    assert {name for element in root.iter() for name in element.attrib} <= {*ATTRIBUTES, *OURS}
    assert [f"{shown}!"] == [element.text for element in root.iter("text")]


def test_marks_with_a_text_can_be_focused_and_nothing_else():
    cleaned = clean_svg(
        chart('<path d="M0,0h2" aria-label="a model"/><path d="M0,0h3"/><g aria-label="an axis"/>'),
        "A chart",
    )

    root = etree.fromstring(cleaned)
    assert ["a model"] == [e.get("aria-label") for e in root.iter() if e.get("tabindex")]
    assert "A chart" == root.get("aria-label")
    assert "an axis" not in cleaned


def test_what_vega_puts_behind_every_group_is_left_out():
    cleaned = clean_svg(
        chart('<path class="background" d="M0,0h9v9h-9Z"/><path d="M0,0" display="none"/>'),
        "A chart",
    )

    assert 1 == cleaned.count("<path")


def test_numbers_are_as_fine_as_a_screen():
    cleaned = clean_svg(
        chart('<path d="M1.23456789,-0.5L2,3.99" transform="translate(1.05,2)"/>'), ""
    )

    assert 'd="M1.2,-0.5L2,4.0"' in cleaned
