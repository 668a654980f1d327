"""A comparison for a terminal: the figures, and where the rest is."""

from collections.abc import Iterator, Sequence

from vlmhb.comparison.changed import Trend
from vlmhb.comparison.compare import Comparison, PairComparison, TaskComparison, Tested
from vlmhb.comparison.explained import Section
from vlmhb.comparison.wording import (
    counts_text,
    decided_text,
    difference,
    finding_text,
    mcnemar_text,
    p_text,
    samples_text,
    task_title,
    title,
)
from vlmhb.report.numbers import short
from vlmhb.report.text import one_line, shortened, width

HEAD = ("", "A", "B", "B - A [95 %]", "n", "p", "Holm", "McNemar", "")
FACTS = 3
"""Of each section; the documents have all."""
FACT_CHARS = 60


def render_comparison(found: Comparison) -> str:
    """Aligned plain text, free of control characters, with a line feed at its end."""
    lines = [line for pair in found.pairs for line in _pair(pair)]
    lines += [f"not compared, on one side only: {one_line(name)}" for name in found.unpaired]
    lines += [
        "B - A: failed samples count as wrong, as for ranks; 95 % interval by document",
        f"p by swapping documents, Holm over {found.n_tests} tests; McNemar (only A, only B right)",
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _pair(pair: PairComparison) -> Iterator[str]:
    yield f"A  {one_line(pair.a)}{decided_text(pair.decision_a)}"
    yield f"B  {one_line(pair.b)}{decided_text(pair.decision_b)}"
    for task in pair.tasks:
        yield ""
        yield f"{one_line(task_title(task))}: {samples_text(task)}"
        yield from _grid([HEAD, *map(_row, task.tested)])
        yield from _counts(task)
        yield (
            f"changed: {len(task.changed)} samples ({task.count(Trend.WORSE)} worse, "
            f"{task.count(Trend.BETTER)} better); {task.n_other_answers} have another answer"
        )
        yield from _sections(task.differences)
    yield ""
    yield from _sections(pair.differences)
    yield ""


def _row(one: Tested) -> Sequence[str]:
    ranked = one.delta.ranked
    return (
        title(one),
        short(ranked.a, one.scale),
        short(ranked.b, one.scale),
        difference(ranked, one.scale),
        str(ranked.n),
        p_text(one.delta.p),
        p_text(one.p_holm),
        mcnemar_text(one.delta),
        finding_text(one),
    )


def _counts(task: TaskComparison) -> Iterator[str]:
    """Only where a side has not a score for everything."""
    for one in task.tested:
        delta = one.delta
        sides = (delta.counts_a, delta.counts_b)
        if any(counts.failed or counts.unscored for counts in sides):
            a, b = map(counts_text, sides)
            both = difference(delta.answered, one.scale)
            yield f"  {title(one)}: A {a}; B {b}; both answered (n {delta.answered.n}): {both}"
        if delta.problem:
            yield f"  {title(one)}: {one_line(delta.problem)}"


def _sections(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        told = [
            f"{one_line(fact.about)} {_side(fact.a)} -> {_side(fact.b)}"
            for fact in section.facts[:FACTS]
        ]
        more = len(section.facts) - len(told)
        yield f"differs, {section.title}: {'; '.join(told)}" + (f"; {more} more" if more else "")


def _side(text: str) -> str:
    return shortened(one_line(text), FACT_CHARS) or '""'


def _grid(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  ".join(cell + " " * (size - width(cell)) for cell, size in cells)
