"""Which sides are compared, and the rows and the table that come of it."""

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.bench.gpu.sides import Side
from tests.bench.row import Row


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides, and what a goal asks of the ratio of whole runs."""

    ours: str
    peer: str
    goal: str = ""
    limit: float | None = None


PAIRS = (
    Pair("one", "bare", "L1", 1.02),
    Pair("batches", "bare"),
    Pair("batches", "one"),
    Pair("vllm", "batches"),
    Pair("one", "vlmevalkit"),
    Pair("batches", "vlmevalkit"),
)


def rows(sides: Mapping[str, Side]) -> Iterator[Row]:
    """Two rows for each pair of sides that there are: whole runs, and answering alone."""
    for pair in PAIRS:
        if pair.ours not in sides or pair.peer not in sides:
            continue
        ours, peer = sides[pair.ours], sides[pair.peer]
        absent = "; ".join(f"{side.title}: {side.absent}" for side in (ours, peer) if side.absent)
        whole = Row(
            pair.goal, f"{ours.title}: whole run", "s", peer.title, pair.limit, absent=absent
        )
        answering = Row("", f"{ours.title}: answering", "s", peer.title, absent=absent)
        for one, other in zip(ours.rounds, peer.rounds, strict=False):
            whole.add(one.whole_s, other.whole_s)
            answering.add(one.answering_s, other.answering_s)
        yield whole
        yield answering


HEADER = (
    "| side | GPU-busy share | whole run, samples/s | answering, samples/s | tokens | as bare |\n"
    "|---|---|---|---|---|---|"
)


def table(sides: Mapping[str, Side]) -> str:
    """Every side that was measured by itself, in Markdown.

    The GPU-busy share is the bare loop's whole time through the side's: above 1 it does more with
    the GPU in an hour than the bare loop does. `as bare` counts the answers that are those of the
    bare loop, to the letter.
    """
    floor = sides.get("bare")
    return "\n".join(
        [HEADER, *(_line(side, floor) for side in sides.values() if side.rounds)],
    )


def _line(side: Side, floor: Side | None) -> str:
    last = side.rounds[-1]
    count = len(last.answers)
    whole_s = statistics.median(one.whole_s for one in side.rounds)
    answering_s = statistics.median(one.answering_s for one in side.rounds)
    share = same = ""
    if floor and floor.rounds:
        floor_s = statistics.median(one.whole_s for one in floor.rounds)
        share = f"{floor_s / whole_s:.2f}"
        expected = floor.rounds[-1].answers
        alike = sum(text == expected[name] for name, text in last.answers.items())
        same = f"{alike} of {count}"
    return (
        f"| {side.title} | {share} | {count / whole_s:.3g} | {count / answering_s:.3g} "
        f"| {last.tokens} | {same} |"
    )
