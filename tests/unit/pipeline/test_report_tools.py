from pathlib import Path

import psutil

from tests.build import answer
from vlmhb.pipeline.report_tools import LAST, WORTH_SCORING_S, ReportTools
from vlmhb.schedule import Answered

DRAWING, SCORING = "chart_child", "ahead_child"
ANSWERED = Answered("model", answer("1"))


def count(script: str) -> int:
    """How many processes run it for this one."""
    words = [child.cmdline() for child in psutil.Process().children()]
    return sum(any(script in word for word in line) for line in words)


def test_charts_are_prepared_for_once_the_end_is_near(tmp_path: Path):
    with ReportTools(tmp_path) as tools:
        tools.expect(LAST + 2)
        tools.see(ANSWERED)
        before = count(DRAWING)
        tools.see(ANSWERED)
        near = count(DRAWING)

    assert (0, 1, 0) == (before, near, count(DRAWING))


def test_a_run_that_takes_long_is_scored_while_it_goes_on(tmp_path: Path):
    now_s = 1000.0
    with ReportTools(tmp_path, lambda: now_s) as tools:
        tools.expect(LAST + 100)
        tools.see(ANSWERED)
        now_s += WORTH_SCORING_S - 1
        tools.see(ANSWERED)
        before = count(SCORING)
        now_s += 1
        tools.see(ANSWERED)
        after = count(SCORING)

    assert (0, 1, 0) == (before, after, count(SCORING))


def test_a_short_run_is_scored_at_its_end(tmp_path: Path):
    with ReportTools(tmp_path) as tools:
        tools.expect(LAST + 100)
        tools.see(ANSWERED)
        tools.see(ANSWERED)
        tools.wait()

        assert 0 == count(SCORING)
        assert {} == tools.scores.known()
