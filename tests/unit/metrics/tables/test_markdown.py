import pytest

from vlmhb.metrics.tables.markdown import html_of_markdown

TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>"
TAGS = "a b br code del div em font i img ins li mark ol p s small span strong sub sup u ul"


@pytest.mark.parametrize(
    "text",
    [
        "|a|b|\n|-|-|\n|1|2|",
        "Вот таблица:\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\nКонец.",
        "a | b\n--- | ---\n1 | 2",
        "```markdown\n| a | b |\n| - | - |\n| 1 | 2 | 3 |\n```",
        "|not|a|table\n|a|b|\n|-|-|\n|1|2|",
        "  |a|b|\n  |-|-|\n  |1|2|",
        "|a|b|\n|:-|-:|\n|1|2|",
        "|a|b|\n|:--:|---:|\n|1|2|",
    ],
)
def test_the_first_table_becomes_html(text):
    assert TABLE == html_of_markdown(text)


def test_short_rows_are_filled_up():
    assert html_of_markdown("|a|b|\n|-|-|\n|1|") == TABLE.replace("2", "")
    assert "<tr><td>1</td><td></td><td></td></tr>" in (
        html_of_markdown("|a|b|c|\n|-|-|-|\n|1|") or ""
    )


def test_a_bar_may_stand_in_a_cell():
    html = html_of_markdown("|a|b|\n|-|-|\n|1\\|2|3|")

    assert html is not None
    assert "<td>1|2</td><td>3</td>" in html
    assert "<td>1</td><td>2|</td>" in (html_of_markdown("a|b\n-|-\n1|2\\|") or "")


def test_a_cell_keeps_the_tags_that_dress_text():
    for tag in TAGS.split():
        cell = f'<{tag}>x</{tag.upper()}><{tag} /><{tag} class="x" id=y>'
        assert f"<td>{cell}</td>" in (html_of_markdown(f"|{cell}|b|\n|-|-|") or "")


@pytest.mark.parametrize("tag", ["table", "tr", "td", "script", "x", "aa", "a b", "bra"])
def test_what_looks_like_another_tag_is_text(tag):
    assert f"<td>&lt;{tag}></td>" in (html_of_markdown(f"|<{tag}>|b|\n|-|-|") or "")


@pytest.mark.parametrize(
    ("cell", "html"),
    [
        ("x<y", "x&lt;y"),
        ("x<b and c>d", "x&lt;b and c>d"),
        ("</table>", "&lt;/table>"),
        ("a<br>b", "a<br>b"),
        ("a<br />b", "a<br />b"),
        ('<span class="x">a</span>', '<span class="x">a</span>'),
    ],
)
def test_a_cell_keeps_known_tags_and_every_other_sign(cell, html):
    assert f"<td>{html}</td>" in (html_of_markdown(f"|{cell}|b|\n|-|-|") or "")


@pytest.mark.parametrize(
    "text",
    [
        *("", "text", "a | b", "|a|b|\n|-|\n", "|a|\n----", "|" * 80_000),
        *("a\n|-|\n|1|", "|a|b|\n|1|2|", "|a|b|\n|-|-x|\n|1|2|", "|a|b|\n|x-|-|\n|1|2|"),
    ],
)
def test_a_text_without_a_row_of_dashes_has_no_table(text):
    assert html_of_markdown(text) is None
