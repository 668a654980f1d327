"""What a report needs and takes its time, made ready while models answer."""

from collections.abc import Callable
from pathlib import Path

from vlmhb.schedule import Answered, ModelStarting
from vlmhb.schedule.progress import Progress
from vlmhb.scoring import ScoresAhead
from vlmhb.system.chart_drawer import ChartDrawer
from vlmhb.system.clock import monotonic_s
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
WORTH_SCORING_S = 2.0
"""A run that has been answering for so long is scored while it goes on."""


class ReportTools:
    """The modules that reports are made with, and the processes that score and draw for them.

    Example:
        with ReportTools(run_folder) as tools:
            tools.expect(n_answers)
            for step in steps:
                tools.see(step)
            tools.wait()
            results = read_results(run_dir, tools.scores.known)
            write_report(results, folder, drawer=tools.drawer)
    """

    def __init__(self, run_folder: Path, clock: Callable[[], float] = monotonic_s) -> None:
        self.drawer = ChartDrawer()
        self.scores = ScoresAhead(run_folder)
        self._modules = Preload(*MODULES)
        self._clock = clock
        self._first_answer_s: float | None = None
        self._left = 0

    def __enter__(self) -> "ReportTools":
        return self

    def __exit__(self, *error: object) -> None:
        self.scores.__exit__(*error)
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
            now_s = self._clock()
            if self._first_answer_s is None:
                self._first_answer_s = now_s
            if now_s - self._first_answer_s >= WORTH_SCORING_S:
                self.scores.start()

    def wait(self) -> None:
        """No more answers come: return when all modules are there.

        Raises:
            UnusableError: the machine has no room for them.
        """
        self.scores.finish()
        self.drawer.start()
        self._modules.join()
