"""What a report needs and takes its time, made ready while models answer."""

from vlmhb.schedule import Answered, ModelStarting
from vlmhb.schedule.progress import Progress
from vlmhb.system.chart_drawer import ChartDrawer
from vlmhb.system.preload import Preload

MODULES = (
    "vlmhb.report",
    "vlmhb.metrics.aggregation.summaries",
    "vlmhb.report.page.to_html:page_template",
    "numpy.ma",  # which quantiles need
)
"""Half the time a start takes is loading these."""
LAST = 32
"""With so few answers still to come the process that draws charts is started: it takes 100 MiB,
and 0.5 s until it can draw."""


class ReportTools:
    """The modules that reports are made with, and the process that draws their charts.

    Example:
        with ReportTools() as tools:
            tools.expect(n_answers)
            for step in steps:
                tools.see(step)
            tools.wait()
            write_report(results, folder, drawer=tools.drawer)
    """

    def __init__(self) -> None:
        self.drawer = ChartDrawer()
        self._modules = Preload(*MODULES)
        self._left = 0

    def __enter__(self) -> "ReportTools":
        return self

    def __exit__(self, *error: object) -> None:
        self.drawer.__exit__(*error)

    def expect(self, answers: int) -> None:
        """So many are still to come."""
        self._left = answers

    def see(self, step: Progress) -> None:
        """Begin with what there is time for now."""
        if isinstance(step, ModelStarting):
            self._modules.start()  # before, it would delay the worker
        if isinstance(step, Answered):
            self._left -= 1
            if self._left <= LAST:
                self.drawer.start()

    def wait(self) -> None:
        """Return when all modules are there.

        Raises:
            UnusableError: the machine has no room for them.
        """
        self.drawer.start()
        self._modules.join()
