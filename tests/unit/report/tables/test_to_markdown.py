import html
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.unit.report.figures.test_costs import FIRST, measured
from tests.unit.report.hostile import HOSTILE
from tests.unit.report.sample_results import fingerprint_of
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.report.figures.leaderboard import leaderboard
from vlmhb.report.tables.bounded import COMMENT_CHARS
from vlmhb.report.tables.markdown import code
from vlmhb.report.tables.to_markdown import results_md
from vlmhb.report.text import one_line
from vlmhb.report.write import documents_of


def test_a_plain_name_reads_well():
    assert "`tesseract-psm4`" == code("tesseract-psm4")


def rendered(text: str) -> list[Token]:
    """As GitHub reads it, tables and HTML included; children behind their parents."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return [each for token in tokens for each in (token, *(token.children or ()))]


def rows_of(tokens: list[Token]) -> list[list[int]]:
    """How many cells each row of each table has."""
    tables: list[list[int]] = []
    for token in tokens:
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append(0)
        elif token.type in {"td_open", "th_open"}:
            tables[-1][-1] += 1
    return tables


@pytest.mark.parametrize("text", ["_a_!", "__a__ | b", "*a* ~~b~~", "<i>", "www.example.com!"])
def test_text_as_code_has_no_marks_of_its_own(text: str):
    """An underscore is a mark even within an HTML element."""
    (inline,) = [token for token in rendered(code(text)) if token.type == "inline"]
    types = [token.type for token in inline.children or ()]

    assert {"html_inline", "text", "text_special"} >= set(types)
    plain = "".join(token.content for token in inline.children or () if token.type != "html_inline")
    assert text == plain


def test_what_is_rendered_of_a_hostile_report_is_tables_and_text(
    hostile_documents: dict[str, bytes],
):
    tokens = rendered(hostile_documents["results.md"].decode())

    foreign = {"link_open", "image", "fence", "code_block", "blockquote_open", "hr"}
    assert not foreign & {token.type for token in tokens}
    assert 2 < len(rows_of(tokens))
    for table in rows_of(tokens):
        assert {table[0]} == set(table)


def test_every_table_of_a_report_is_rendered_as_one(documents: dict[str, bytes]):
    text = documents["results.md"].decode()

    tables = rows_of(rendered(text))
    assert sum(line.startswith("|") for line in text.splitlines()) == sum(
        len(table) + 1 for table in tables
    )


def test_a_report_of_a_thousand_models_fits_into_a_comment(results: Results):
    many = [replace(results.models[0], name=f"{'я' * 900}{number}") for number in range(300)]
    first = results.plan.evaluations[0]
    plan = replace(results.plan, evaluations=tuple(replace(first, model=one.name) for one in many))
    summaries = tuple(
        replace(summary, model=one.name)
        for one in many
        for summary in results.summaries
        if (summary.model, summary.grouping) == (first.model, "general")
    )
    changed = replace(results, models=tuple(many), plan=plan, summaries=summaries, unavailable={})

    text = results_md(changed, (), leaderboard(changed)).decode()

    assert 0.9 * COMMENT_CHARS < len(text) <= COMMENT_CHARS
    assert "Cut to the 65,536 characters of a comment. Left out: " in text
    assert "more rows are in metrics.csv." in text
    assert "<details><summary>Provenance</summary>" in text or "provenance." in text


@pytest.mark.parametrize("text", [text for text in HOSTILE if len(text) < 1000])
def test_hostile_text_is_inert(text: str):
    """No table cell, tag, link, image, mention or code fence can come out of it."""
    made = code(text)
    inner = re.fullmatch(r"`([^`]*)`|<code>([^<>]*)</code>", made)

    assert inner is not None
    assert not set("|<>`\n\r@") & set(inner[1] or inner[2] or "")
    assert one_line(text) == html.unescape(inner[1] or inner[2] or "")


def test_every_table_of_a_hostile_run_keeps_its_columns(hostile_documents: dict[str, bytes]):
    lines = hostile_documents["results.md"].decode().splitlines()
    columns = 0
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            columns = columns if before.startswith("|") else line.count("|")
            assert columns == line.count("|")


def test_a_report_names_the_best_the_ties_and_what_is_missing(documents: dict[str, bytes]):
    text = documents["results.md"].decode()

    assert "| 1 | `chatty-vl-7b` (unlocked) | **0.000** (0.000–0.000) |" in text
    assert "`tiny-random-llava` (mechanism, not quality)" in text
    assert "  - Run: `apt-get install tesseract-ocr-kor`" in text
    assert "`worker_died`" in text
    assert "env `tesserocr`" in text


def test_a_report_names_the_env_behind_every_model(documents: dict[str, bytes]):
    text = documents["results.md"].decode()

    locked, lent = fingerprint_of("transformers-4.37"), fingerprint_of("lent")
    lock = fingerprint_of("transformers-4.37"[::-1])
    assert (
        f"| `chatty-vl-7b` | `transformers-4.37` | `{locked[:12]}` | `3.11.9` | `{lock[:12]}` |"
        in text
    )
    assert f"| `chatty-vl-7b` | `lent` (unlocked) | `{lent[:12]}` | `3.11.9` | none | 3 |" in text
    assert "  - inherited: `pillow 11.3.0`" in text


def test_a_model_without_figures_has_dashes(results: Results):
    summaries = tuple(s for s in results.summaries if s.model != "reader-vl-3b")
    bare = replace(results, summaries=summaries)

    text = results_md(bare, (), leaderboard(bare)).decode()

    assert "|  | `reader-vl-3b` | – | – |  |  |  |" in text


def test_a_tie_is_marked(results: Results):
    wide = tuple(
        replace(summary, ci_low=0.0, ci_high=1.0, n_unscored=0) for summary in results.summaries
    )
    tied = replace(results, summaries=wide)

    text = results_md(tied, (), leaderboard(tied)).decode()

    assert "| 2 | `reader-vl-3b` | 0.012 ≈ (0.000–1.000) |" in text


def test_only_our_own_tags_are_in_a_hostile_report(hostile_documents: dict[str, bytes]):
    tags = set(re.findall(r"<[^>]*>", hostile_documents["results.md"].decode()))

    assert tags <= {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}


def test_what_differs_between_the_models_is_folded(results: Results):
    text = documents_of(results)["results.md"].decode()

    assert "<details><summary>Differs between the models: model (" in text
    heading = text.index("Differs between the models: model (")
    assert "| `backend` | " in text[heading:]


def test_costs_are_told_where_something_was_measured(results: Results):
    priced = documents_of(measured(results, FIRST, price=3.6))["results.md"].decode()

    assert "### What it took" in priced
    assert "price per 1,000 pages" in priced
    assert "### What it took" not in documents_of(results)["results.md"].decode()


def test_a_note_of_a_decision_is_one_cell_of_code(results: Results):
    decided = Decision("reader-vl-3b", Decided.REJECTED, "a | b\n`c` <i>")
    silent = Decision("chatty-vl-7b", Decided.CHOSEN)
    document = documents_of(replace(results, decisions=(decided, silent)))["results.md"].decode()

    assert "| `chatty-vl-7b` | chosen |  |" in document
    cell = "a &#124; b&#92;n&#96;c&#96; &#60;i&#62;"
    assert f"| `reader-vl-3b` | rejected | <code>{cell}</code> |" in document
