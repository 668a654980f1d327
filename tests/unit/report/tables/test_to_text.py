import re
from dataclasses import replace

from vlmhb.domain.results import Results
from vlmhb.report.figures.leaderboard import Leaderboard, leaderboard
from vlmhb.report.tables.to_text import render_text
from vlmhb.report.text import visible, width


def test_columns_are_aligned_whatever_the_script(results: Results):
    names = {"reader-vl-3b": "한글-모델", "chatty-vl-7b": "модель"}
    board = leaderboard(results)
    rows = tuple(
        replace(row, model=names.get(row.model, row.model)) for row in board.tables[0].rows
    )
    board = replace(board, tables=(replace(board.tables[0], rows=rows),), unavailable=())

    lines = render_text(board).splitlines()[1 : len(rows) + 2]

    starts = {width(re.split(r"cer ↓|\d\.\d{3} ", line, maxsplit=1)[0]) for line in lines}
    assert 1 == len(starts)


def test_the_best_and_the_machinery_are_marked(results: Results):
    text = render_text(leaderboard(results))

    assert "1.  chatty-vl-7b (unlocked) " in text
    assert "0.000 * [0.000–0.000]" in text
    assert "tiny-random-llava (mechanism, not quality)" in text
    assert "not measured" in text


def test_an_unavailable_model_is_explained(results: Results):
    text = render_text(leaderboard(results))

    assert "tesseract-kor was not evaluated:" in text
    assert "    Run: apt-get install tesseract-ocr-kor" in text


def test_no_control_character_reaches_the_terminal(hostile: Results):
    text = render_text(leaderboard(hostile))

    assert text == visible(text)


def test_who_is_missing_in_figures_is_told_with_where_to_read_why(results: Results):
    """Only where somebody is."""
    whole = replace(
        results,
        unavailable={},
        summaries=tuple(replace(s, n_failed=0, n_unscored=0) for s in results.summaries),
    )
    told = "why samples failed or are unscored: results.json"

    assert [True, False] == [told in render_text(leaderboard(one)) for one in (results, whole)]


def test_an_empty_run_prints_nothing():
    assert "" == render_text(Leaderboard((), ()))
