from contextlib import suppress
from pathlib import Path

import psutil

from tests.build import answer
from tests.fault.census import until
from tests.unit.scoring.runs import ScoredRun
from vlmhb.pipeline.report_tools import LAST, WORTH_SCORING_S, ReportTools
from vlmhb.schedule import Answered

DRAWING, SCORING = "chart_child", "ahead_child"
ANSWERED = Answered("model", answer("1"))


def count(script: str) -> int:
    """How many processes run it for this one."""
    found = 0
    for child in psutil.Process().children():
        with suppress(psutil.Error):  # it has just ended
            found += any(script in word for word in child.cmdline())
    return found


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
    run = ScoredRun.begun(tmp_path / "run")
    with ReportTools(run.run_dir.path, lambda: now_s) as tools:
        tools.expect(LAST + 100)
        tools.see(ANSWERED)
        now_s += WORTH_SCORING_S - 1
        tools.see(ANSWERED)
        before = count(SCORING)
        now_s += 1
        tools.see(ANSWERED)
        after = count(SCORING)
        tools.wait()
        until(lambda: count(SCORING) == 0)  # it was told that no more answers come

    assert (0, 1) == (before, after)


def test_a_run_that_ends_in_between_leaves_nobody_who_scores(tmp_path: Path):
    run = ScoredRun.begun(tmp_path / "run")
    with ReportTools(run.run_dir.path) as tools:
        tools.scores.start()
        meanwhile = count(SCORING)

    assert (1, 0) == (meanwhile, count(SCORING))


def test_a_short_run_is_scored_at_its_end(tmp_path: Path):
    with ReportTools(tmp_path) as tools:
        tools.expect(LAST + 100)
        tools.see(ANSWERED)
        tools.see(ANSWERED)
        tools.wait()

        assert 0 == count(SCORING)
        assert {} == tools.scores.known()
