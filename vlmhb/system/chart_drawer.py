"""Vega-Lite specs -> SVG, drawn in a process of its own.

The library brings a JavaScript engine along. What happens to that (a crash, a machine without room
for it) must not cost the report, and the machine's fonts, language and time zone must not be seen
in it.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.digest import Json
from vlmhb.system.process import run
from vlmhb.system.scratch import scratch_folder

CHILD = Path(__file__).with_name("chart_child.py")
SILENCE_S = 120.0
"""How long one chart may take on a machine that has other things to do."""


@dataclass(frozen=True, slots=True)
class NotDrawn:
    """Why there is no picture."""

    reason: str


def draw_all(
    specs: Sequence[Mapping[str, Json]], *, python: str = sys.executable
) -> tuple[str | NotDrawn, ...]:
    """The SVG text of each spec, or why there is none; no failure is raised.

    `python` has vl-convert installed.
    """
    if not specs:
        return ()
    told: dict[int, str | NotDrawn] = {}
    reason = _run(specs, told, python)
    return tuple(told.get(number, NotDrawn(reason)) for number in range(len(specs)))


def _run(specs: Sequence[Mapping[str, Json]], told: dict[int, str | NotDrawn], python: str) -> str:
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
        with scratch_folder("charts") as folder:
            job = Path(folder) / "job.json"
            job.write_text(json.dumps(specs), encoding="utf-8")
            completed = run(
                (python, "-I", CHILD, job),
                environment={},
                cwd=Path(folder),
                silence_s=SILENCE_S,
                on_line=hear,
            )
    except TimeoutError:
        return f"the process that draws charts said nothing for {SILENCE_S:g} s"
    except OSError as error:
        return f"the process that draws charts cannot be started: {error.strerror or error}"
    if completed.returncode < 0:
        return f"the process that draws charts was ended by signal {-completed.returncode}"
    last = "".join(completed.stderr.splitlines()[-1:])
    return f"the process that draws charts failed: {_beginning(last)}"


def _beginning(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines()[:2])[:300]
