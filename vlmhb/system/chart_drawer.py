"""Vega-Lite specs -> SVG, drawn in a process of its own.

The library brings a JavaScript engine along. What happens to that (a crash, a machine without room
for it) must not cost the report, and the machine's fonts, language and time zone must not be seen
in it.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.digest import Json
from vlmhb.system.process import Command
from vlmhb.system.scratch import scratch_folder

CHILD = Path(__file__).with_name("chart_child.py")
SILENCE_S = 120.0
"""How long one chart may take on a machine that has other things to do."""
Drawn = tuple["str | NotDrawn", ...]


@dataclass(frozen=True, slots=True)
class NotDrawn:
    """Why there is no picture."""

    reason: str


class ChartDrawer:
    """The process that draws the charts of one report. No failure is raised.

    Example:
        with ChartDrawer() as drawer:
            drawer.start()  # it loads what it needs, 0.5 s, while others have things to do
            drawer.take(specs)  # it draws
            pictures = drawer.drawn()
    """

    def __init__(self, python: str = sys.executable) -> None:
        """`python` has vl-convert installed."""
        self._python = python
        self._open = ExitStack()
        self._command: Command | None = None
        self._job: Path | None = None
        self._count = 0
        self._problem = ""

    def __enter__(self) -> "ChartDrawer":
        return self

    def __exit__(self, *error: object) -> None:
        """Whatever it is doing, it is not wanted any more."""
        with suppress(OSError):  # a folder that cannot be removed now is when this process is gone
            self._open.close()

    def start(self) -> None:
        """Have it load what drawing takes, unless it does."""
        if self._command is not None:
            return
        try:
            folder = Path(self._open.enter_context(scratch_folder("charts")))
            command = Command((self._python, "-I", CHILD), environment={}, cwd=folder, is_told=True)
            self._command = self._open.enter_context(command)
            self._job = folder / "job.json"
        except (OSError, RuntimeError) as error:
            self._problem = f"the process that draws charts cannot be started: {_why(error)}"
        else:
            self._problem = ""

    def take(self, specs: Sequence[Mapping[str, Json]]) -> None:
        """Have all charts of the report drawn, in one call; no chart needs no process."""
        self._count = len(specs)
        if not specs:
            return
        self.start()
        if self._command is None or self._job is None:
            return
        try:
            self._job.write_text(json.dumps(specs), encoding="utf-8")
        except OSError as error:
            self._problem = f"what is to be drawn cannot be written: {_why(error)}"
        else:
            self._command.tell(str(self._job))

    def drawn(self) -> Drawn:
        """The SVG text of each spec, or why there is none, once it is known."""
        told: dict[int, str | NotDrawn] = {}
        if self._count and self._command is not None and not self._problem:
            self._problem = self._hear(self._command, told)
        return tuple(told.get(number, NotDrawn(self._problem)) for number in range(self._count))

    def _hear(self, command: Command, told: dict[int, str | NotDrawn]) -> str:
        """Why a spec that nothing was told of has no picture; fills in `told`."""

        def hear(line: str) -> None:
            try:
                words = json.loads(line)
            except ValueError:
                return
            match words:
                case ["drawn", int(number), str(svg)]:
                    told[number] = svg
                case ["failed", int(number), str(why)]:
                    told[number] = NotDrawn(_beginning(why))
                case _:  # nothing that this process says
                    pass

        try:
            with self:
                command.wait(silence_s=SILENCE_S, on_line=hear)
        except TimeoutError:
            return f"the process that draws charts said nothing for {SILENCE_S:g} s"
        completed = command.completed(hear)
        if completed.returncode < 0:
            return f"the process that draws charts was ended by signal {-completed.returncode}"
        last = "".join(completed.stderr.splitlines()[-1:])
        return f"the process that draws charts failed: {_beginning(last)}"


def draw_all(specs: Sequence[Mapping[str, Json]], *, python: str = sys.executable) -> Drawn:
    """The SVG text of each spec, or why there is none."""
    with ChartDrawer(python) as drawer:
        drawer.take(specs)
        return drawer.drawn()


def _why(error: OSError | RuntimeError) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _beginning(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()[:2])[:300]
