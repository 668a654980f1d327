"""Draws charts with Vega-Lite; run as a script in a process of its own.

    python -I chart_child.py JOB

JOB is a JSON list of Vega-Lite specs with their data inside. For each one a JSON list is written
to stderr, a line of its own:

    ["drawn", number, svg]        numbers count the specs from 0
    ["failed", number, why]

Specs may name no address: nothing is loaded.
"""

import json
import resource
import sys
from pathlib import Path

import vl_convert

CPU_S = 300
"""Ends a process that nobody waits for any more."""


def main(job_file: Path) -> None:
    """Do the job."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number, spec in enumerate(json.loads(job_file.read_text(encoding="utf-8"))):
        try:
            svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        except ValueError as error:
            tell("failed", number, str(error)[:1000])
        else:
            tell("drawn", number, svg)


def tell(*words: int | str) -> None:
    """One line for the one who waits."""
    sys.stderr.write(json.dumps(words) + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
