"""A run as lines that fit a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.build import answer, failed
from tests.unit.cli.progress.story import loaded
from vlmhb.cli.progress.observed import Observed
from vlmhb.cli.progress.table import Screen, lines, shortened
from vlmhb.schedule import progress as steps

WIDE = Screen(120, 40)


def texts(run: Observed, screen: Screen = WIDE, now_s: float = 10.0) -> list[str]:
    return [line.text for line in lines(run, now_s, screen)]


def run_of(names: list[str], total: int = 40) -> Observed:
    return Observed(dict.fromkeys(names, total), {}, 0.0)


def busy() -> Observed:
    run = run_of(["qwen2.5-vl-7b", "tesseract"])
    run.see(loaded("qwen2.5-vl-7b", 2**34), 0.0)
    for second in range(1, 11):
        outcome = failed() if second > 9 else answer()
        run.see(steps.Answered("qwen2.5-vl-7b", outcome), float(second))
    return run


def test_each_model_has_a_line_and_so_has_the_whole_run():
    assert [
        "qwen2.5-vl-7b  10/40  ━━━━━───────────────  1 failed, 1.0/s, ETA 0:30, VRAM 16.0 GiB",
        "tesseract       0/40  ────────────────────  waiting for its turn",
        "total          10/80  ━━──────────────────  1 failed, ETA at least 0:30, 0:10 elapsed",
    ] == texts(busy())


def test_without_unicode_a_bar_is_made_of_ascii():
    shown = texts(busy(), Screen(120, 40, is_unicode=False))

    assert all(text.isascii() for text in shown)
    assert "#####---------------" in shown[0]


def test_a_narrow_terminal_gets_the_most_important_whole():
    assert [
        "qwen2…vl-7b  10/40  1 failed, 1.0/s, ETA 0:30",
        "tesseract     0/40  waiting for its turn",
        "total        10/80  1 failed, ETA at least 0:30",
    ] == texts(busy(), Screen(47, 40))


def test_of_a_name_that_is_too_long_the_middle_is_left_out():
    """Names that share their start and differ at the end are common."""
    assert "internv…-1b-hf" == shortened("internvl3-family-1b-hf", 14)
    assert "abc   " == shortened("abc", 6)
    assert "ab..ij" == shortened("abcdefghij", 6, is_unicode=False)


def test_what_a_name_tells_the_terminal_is_spelled_out():
    (first, _) = texts(run_of(["a\x1b[2J\u202eb"]))

    assert "a\\u001b[2J\\u202eb" in first


@pytest.mark.parametrize("text", ["several\nlines\tof text", "a\x1b[31mb"])
def test_what_a_worker_tells_stays_in_its_line(text: str):
    run = run_of(["m"])
    run.see(steps.ModelStarting("m", "m"), 0.0)
    run.see(steps.LoadStep("m", "m", text, 1, 2), 0.0)

    assert 2 == len(texts(run))
    assert all(char.isprintable() for line in texts(run) for char in line)


def test_twelve_models_on_a_low_terminal_show_those_that_work():
    run = run_of([f"model-{number:02}" for number in range(12)])
    run.see(loaded("model-09"), 0.0)
    run.see(steps.ModelStarting("model-10", "model-10"), 0.0)
    run.see(steps.GaveUp("model-00", "no GPU"), 0.0)

    shown = texts(run, Screen(120, 7))

    assert ["model-01", "model-02", "model-09", "model-10"] == [
        text.split()[0] for text in shown[:4]
    ]
    assert "and 8 more: 7 waiting, 1 unavailable" == shown[4]
    assert shown[5].startswith("total")
    assert 6 == len(shown)
    assert 13 == len(texts(run, Screen(120, 15)))


@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=14, unique=True),
    st.integers(1, 200),
    st.integers(1, 60),
)
def test_lines_never_exceed_the_terminal(names: list[str], width: int, height: int):
    run = run_of(names, total=100_000)
    run.see(loaded(names[0], 2**36), 0.0)
    run.see(steps.Answered(names[0], failed()), 5.0)
    run.see(steps.GaveUp(names[-1], "x" * 300), 5.0)

    shown = texts(run, Screen(width, height))

    assert max(map(cell_len, shown)) <= width
    assert len(shown) < max(height, 4)
