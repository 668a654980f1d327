"""comparison.md: the figures for a pull request, and the samples that lost most."""

from collections.abc import Iterable, Iterator, Sequence

from vlmhb.comparison.changed import Cell, ChangedSample, Trend
from vlmhb.comparison.compare import Comparison, PairComparison, TaskComparison, Tested
from vlmhb.comparison.explained import Section
from vlmhb.comparison.gate import Breach
from vlmhb.comparison.wording import (
    ANSWERED,
    FIGURES,
    breach_text,
    counts_text,
    difference,
    finding_text,
    mcnemar_text,
    p_text,
    samples_text,
    task_title,
    tests_note,
    title,
)
from vlmhb.report.markdown import code
from vlmhb.report.numbers import short
from vlmhb.report.text import shortened

SHOWN_SAMPLES = 20
SHOWN_FACTS = 30
TEXT_CHARS = 160
HEAD = ("metric", "A", "B", "B − A", "n", "p", "Holm", "McNemar", "finding")


def comparison_md(found: Comparison, broken: Sequence[Breach]) -> bytes:
    """GitHub-flavoured Markdown."""
    lines = ["## Comparison", ""]
    lines += [f"- {code(breach_text(breach))}" for breach in broken]
    lines += [""] if broken else []
    for pair in found.pairs:
        lines += _pair(pair)
    lines += [f"Not compared, on one side only: {code(name)}\n" for name in found.unpaired]
    lines += [FIGURES, ANSWERED, tests_note(found.n_tests)]
    return "".join(f"{line}\n" for line in lines).encode()


def _pair(pair: PairComparison) -> Iterator[str]:
    yield f"A: {code(pair.a)}  "
    yield f"B: {code(pair.b)}"
    yield ""
    for task in pair.tasks:
        yield f"### {code(task_title(task))}"
        yield ""
        yield f"{samples_text(task, code)}."
        yield ""
        yield from _table(HEAD, [_row(one) for one in task.tested])
        yield from _counts(task)
        yield from _changed(task)
        yield from _sections(task.differences)
    yield from _sections(pair.differences)


def _row(one: Tested) -> list[str]:
    ranked = one.delta.ranked
    return [
        title(one, code),
        short(ranked.a, one.scale),
        short(ranked.b, one.scale),
        difference(ranked, one.scale),
        str(ranked.n),
        p_text(one.delta.p),
        p_text(one.p_holm),
        mcnemar_text(one.delta),
        f"**{finding_text(one)}**"
        if one.finding.value in {"better", "worse"}
        else finding_text(one),
    ]


def _counts(task: TaskComparison) -> Iterator[str]:
    rows = [
        [
            code(one.delta.metric),
            counts_text(one.delta.counts_a),
            counts_text(one.delta.counts_b),
            f"{difference(one.delta.answered, one.scale)} (n {one.delta.answered.n})",
            code(one.delta.problem) if one.delta.problem else "",
        ]
        for one in task.tested
    ]
    yield from _table(["metric", "A", "B", "both answered, B − A", "problem"], rows)


def _changed(task: TaskComparison) -> Iterator[str]:
    yield (
        f"Changed: {len(task.changed)} samples, {task.count(Trend.WORSE)} worse and "
        f"{task.count(Trend.BETTER)} better; {task.n_other_answers} have another answer."
    )
    yield ""
    shown = task.changed[:SHOWN_SAMPLES]
    if not shown:
        return
    yield from _table(["sample", "", "scores", "answer A", "answer B"], map(_sample_row, shown))
    if len(task.changed) > len(shown):
        yield f"The others, less worse and better ones last, are in {code('comparison.html')}."
        yield ""


def _sample_row(one: ChangedSample) -> list[str]:
    scores = ", ".join(
        f"{code(cell.metric)} {_value(cell.a)} → {_value(cell.b)}" for cell in _differing(one)
    )
    answers = [
        code(shortened(given.text or given.error or given.status, TEXT_CHARS))
        for given in (one.a, one.b)
    ]
    return [code(one.sample.id), one.trend.value, scores, *answers]


def _differing(one: ChangedSample) -> list[Cell]:
    return [cell for cell in one.cells if cell.differs]


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else short(value)


def _sections(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        yield f"<details><summary>Differs: {section.title} ({len(section.facts)})</summary>"
        yield ""
        rows = [
            [
                code(text) if text else ""
                for text in (fact.about, *_texts(fact.a, fact.b, fact.note))
            ]
            for fact in section.facts[:SHOWN_FACTS]
        ]
        yield from _table(["", "A", "B", ""], rows)
        if len(section.facts) > SHOWN_FACTS:
            yield f"{len(section.facts) - SHOWN_FACTS} more are in {code('comparison.json')}."
            yield ""
        yield "</details>"
        yield ""


def _texts(*texts: str) -> list[str]:
    return [shortened(text, TEXT_CHARS) for text in texts]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (header, ["---"] * len(header), *rows):
        yield f"| {' | '.join(row)} |"
    yield ""
