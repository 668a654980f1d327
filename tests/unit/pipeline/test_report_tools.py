import psutil

from tests.build import answer
from vlmhb.pipeline.report_tools import LAST, ReportTools
from vlmhb.schedule import Answered


def drawing() -> int:
    """How many processes draw charts for this one."""
    words = [child.cmdline() for child in psutil.Process().children()]
    return sum(any("chart_child" in word for word in line) for line in words)


def test_charts_are_prepared_for_once_the_end_is_near():
    with ReportTools() as tools:
        tools.expect(LAST + 2)
        tools.see(Answered("model", answer("1")))
        before = drawing()
        tools.see(Answered("model", answer("2")))
        near = drawing()

    assert (0, 1, 0) == (before, near, drawing())
