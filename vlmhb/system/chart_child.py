"""Draws charts with Vega-Lite; run as a script in a process of its own.

    python -I chart_child.py

It first loads what drawing takes, which is most of its time, and then reads the path of a JSON list
of Vega-Lite specs with their data inside. For each one a JSON list is written to stderr, a line of
its own:

    ["drawn", number, svg]        numbers count the specs from 0
    ["failed", number, why]

Specs may name no address: nothing is loaded.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import vl_convert

CPU_S = 300
"""Ends a process that nobody waits for any more."""
LEAST: dict[str, Any] = {"data": {"values": [{}]}, "mark": "point"}
"""To draw this one takes what the first of all takes beyond others."""


def main() -> None:
    """Do the job; end without one where nobody wants any chart."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    draw(LEAST)
    job_file = sys.stdin.read()
    specs = json.loads(Path(job_file).read_text(encoding="utf-8")) if job_file else []
    for number, spec in enumerate(specs):
        try:
            svg = draw(spec)
        except ValueError as error:
            tell("failed", number, str(error)[:1000])
        else:
            tell("drawn", number, svg)


def draw(spec: dict[str, Any]) -> str:
    """The SVG text.

    Raises:
        ValueError: it is no chart.
    """
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])


def tell(*words: int | str) -> None:
    """One line for the one who waits."""
    sys.stderr.write(json.dumps(words) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
