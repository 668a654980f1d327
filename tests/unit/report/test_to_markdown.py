import html
import re
from dataclasses import replace

import pytest

from tests.unit.report.hostile import HOSTILE
from tests.unit.report.sample_results import fingerprint_of
from vlmhb.domain.decision import Decided, Decision
from vlmhb.domain.results import Results
from vlmhb.report.leaderboard import leaderboard
from vlmhb.report.markdown import code
from vlmhb.report.text import one_line
from vlmhb.report.to_markdown import results_md
from vlmhb.report.write import documents_of


def test_a_plain_name_reads_well():
    assert "`tesseract-psm4`" == code("tesseract-psm4")


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


def test_a_note_of_a_decision_is_one_cell_of_code(results: Results):
    decided = Decision("reader-vl-3b", Decided.REJECTED, "a | b\n`c` <i>")
    silent = Decision("chatty-vl-7b", Decided.CHOSEN)
    document = documents_of(replace(results, decisions=(decided, silent)))["results.md"].decode()

    assert "| `chatty-vl-7b` | chosen |  |" in document
    cell = "a &#124; b&#92;n&#96;c&#96; &#60;i&#62;"
    assert f"| `reader-vl-3b` | rejected | <code>{cell}</code> |" in document
