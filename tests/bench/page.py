"""The page that shows what is kept of the benches, in Markdown."""

from collections.abc import Iterator, Sequence

from tests.bench.goals import GOALS, OBSTACLES
from tests.bench.measured import Measured
from tests.bench.row import HEADER

INTRODUCTION = """# Benchmarks

`make bench` measures vlmhb beside its peers, in turns, and prints the tables below.
`make bench OUT=docs/benchmarks` also keeps what it found: a JSON file for each bench, with every
round, and this page, which is made of them. `B="env rpc"` narrows; `B=volume` takes long and is
measured by name only.

Figures are medians, with the least and the most of all rounds. A ratio is our figure through the
peer's, the median of the rounds' own ratios: below 1 vlmhb takes less. Times change from machine
to machine and from minute to minute, ratios much less. A goal is met when all its rows are.
"""


def page(benches: Sequence[Measured]) -> str:
    """The goals first, then each bench with its machine."""
    parts = [INTRODUCTION, "## Goals\n", *_goals(benches), "", *_obstacles(benches)]
    for measured in benches:
        parts += [f"\n## {measured.bench}\n", measured.about, "", _facts(measured), "", HEADER]
        parts += map(str, measured.rows)
    return "\n".join(parts) + "\n"


def _goals(benches: Sequence[Measured]) -> Iterator[str]:
    yield "| goal | asked | bench | |\n|---|---|---|---|"
    for goal, asked in GOALS.items():
        names = [one.bench for one in benches if any(row.goal == goal for row in one.rows)]
        links = ", ".join(f"[{name}](#{name})" for name in names)
        yield f"| {goal} | {asked} | {links} | {_verdict(goal, benches)} |"


def _obstacles(benches: Sequence[Measured]) -> Iterator[str]:
    for goal, why in OBSTACLES.items():
        if "missed" in _verdict(goal, benches):
            yield f"- {goal}: {why}"


def _verdict(goal: str, benches: Sequence[Measured]) -> str:
    rows = [row for one in benches for row in one.rows if row.goal == goal]
    verdicts = [row.verdict for row in rows if row.verdict]
    counts = {word: verdicts.count(word) for word in ("missed", "not measured")}
    found = [f"{word}: {count} of {len(verdicts)}" for word, count in counts.items() if count]
    if not verdicts:
        return "not measured"
    return "; ".join(found) or "met"


def _facts(measured: Measured) -> str:
    before, after = measured.load
    return (
        f"{measured.began_at}, {measured.took_s:,.0f} s; {measured.machine}; {measured.versions}; "
        f"commit {measured.commit}; load {before:g} before, {after:g} after."
    )
