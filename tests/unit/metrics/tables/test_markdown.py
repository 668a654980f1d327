import pytest

from vlmhb.metrics.tables.markdown import html_of_markdown

TABLE = "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>"


@pytest.mark.parametrize(
    "text",
    [
        "|a|b|\n|-|-|\n|1|2|",
        "Вот таблица:\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\nКонец.",
        "a | b\n--- | ---\n1 | 2",
        "```markdown\n| a | b |\n| - | - |\n| 1 | 2 | 3 |\n```",
        "|not|a|table\n|a|b|\n|-|-|\n|1|2|",
    ],
)
def test_the_first_table_becomes_html(text):
    assert TABLE == html_of_markdown(text)


def test_short_rows_are_filled_up():
    assert html_of_markdown("|a|b|\n|-|-|\n|1|") == TABLE.replace("2", "")


def test_a_bar_may_stand_in_a_cell():
    html = html_of_markdown("|a|b|\n|-|-|\n|1\\|2|3|")

    assert html is not None
    assert "<td>1|2</td><td>3</td>" in html


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


@pytest.mark.parametrize("text", ["", "text", "a | b", "|a|b|\n|-|\n", "|a|\n----", "|" * 80_000])
def test_a_text_without_a_row_of_dashes_has_no_table(text):
    assert html_of_markdown(text) is None
