"""comparison.md: the figures for a pull request, and the samples that lost most."""

from collections.abc import Iterator, Sequence

from vlmhb.comparison.changed import Cell, ChangedSample, Trend
from vlmhb.comparison.compare import Comparison, PairComparison, TaskComparison, Tested
from vlmhb.comparison.explained import Section as Differing
from vlmhb.comparison.gate import Breach, breach_text
from vlmhb.comparison.wording import (
    ANSWERED,
    FIGURES,
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
from vlmhb.domain.decision import Decision
from vlmhb.report.numbers import short
from vlmhb.report.tables.bounded import Section, bounded, until
from vlmhb.report.tables.markdown import NAME_CHARS, code, name, table_lines, tagged
from vlmhb.report.text import shortened

SHOWN_SAMPLES = 20
SHOWN_FACTS = 30
TEXT_CHARS = 160
BREACH_CHARS = 1000
LIST_CHARS = 16_384
"""Of all that the gate says, and of all models without another side."""
LABEL_CHARS = 500
"""Of RUN:MODEL, which begins with a path."""
HEAD = ("metric", "A", "B", "B − A", "n", "p", "Holm", "McNemar", "finding")


def comparison_md(found: Comparison, broken: Sequence[Breach]) -> bytes:
    """GitHub-flavoured Markdown, short enough for a comment; what is left out is told."""
    figures = (section for pair in found.pairs for section in _figures(pair))
    samples = (_changed(pair, task) for pair in found.pairs for task in pair.tasks if task.changed)
    causes = (section for pair in found.pairs for section in _causes(pair))
    sections = (_head(found, broken), *figures, _legend(found), *samples, *causes)
    return bounded(sections).encode()


def _head(found: Comparison, broken: Sequence[Breach]) -> Section:
    told = _first([code(shortened(breach_text(one), BREACH_CHARS)) for one in broken])
    alone = _first([f"Not compared, on one side only: {_label(one)}" for one in found.unpaired])
    return Section("", ("## Comparison", "", *told, *alone))


def _first(texts: Sequence[str]) -> Iterator[str]:
    """As a list, and how many there was no room for."""
    shown = list(until([f"- {text}" for text in texts[:SHOWN_FACTS]], LIST_CHARS))
    yield from shown
    if len(texts) > len(shown):
        yield f"- {len(texts) - len(shown)} more are in {code('comparison.json')}"
    if texts:
        yield ""


def _legend(found: Comparison) -> Section:
    return Section("the legend", (FIGURES, ANSWERED, tests_note(found.n_tests), ""))


def _figures(pair: PairComparison) -> Iterator[Section]:
    yield Section(
        "sides",
        (
            f"A: {_label(pair.a)}{_decided(pair.decision_a)}  ",
            f"B: {_label(pair.b)}{_decided(pair.decision_b)}",
            "",
        ),
    )
    for task in pair.tasks:
        heading = name(task_title(task))
        lines = [f"### {heading}", "", f"{samples_text(task, name)}.", ""]
        lines += [*table_lines(HEAD, [_row(one) for one in task.tested]), ""]
        lines += _counts(task)
        lines += [
            f"Changed: {len(task.changed)} samples, {task.count(Trend.WORSE)} worse and "
            f"{task.count(Trend.BETTER)} better; {task.n_other_answers} have another answer.",
            "",
        ]
        yield Section(f"the figures of {heading}", tuple(lines), whole="comparison.json")


def _label(text: str) -> str:
    return code(shortened(text, LABEL_CHARS))


def _decided(decision: Decision | None) -> str:
    if decision is None:
        return ""
    note = f": {code(shortened(decision.note, TEXT_CHARS))}" if decision.note else ""
    return f" ({decision.state.words}{note})"


def _row(one: Tested) -> list[str]:
    ranked = one.delta.ranked
    return [
        title(one, name),
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
            name(one.delta.metric),
            counts_text(one.delta.counts_a),
            counts_text(one.delta.counts_b),
            f"{difference(one.delta.answered, one.scale)} (n {one.delta.answered.n})",
            code(shortened(one.delta.problem, TEXT_CHARS)) if one.delta.problem else "",
        ]
        for one in task.tested
    ]
    yield from table_lines(["metric", "A", "B", "both answered, B − A", "problem"], rows)
    yield ""


def _changed(pair: PairComparison, task: TaskComparison) -> Section:
    """Those that lost most."""
    which = f"samples of {name(task_title(task))}, {name(pair.model_b)}"
    shown = task.changed[:SHOWN_SAMPLES]
    head, line, *rows = table_lines(
        ["sample", "", "scores", "answer A", "answer B"], map(_sample_row, shown)
    )
    told: tuple[str, ...] = ("",)
    if len(task.changed) > len(shown):
        more = f"The others, less worse and better ones last, are in {code('comparison.html')}."
        told = ("", more, "")
    heading = (f"#### Changed {which}", "", head, line)
    return Section(f"changed {which}", heading, tuple(rows), told, "comparison.json")


def _sample_row(one: ChangedSample) -> list[str]:
    scores = ", ".join(
        f"{name(cell.metric)} {_value(cell.a)} → {_value(cell.b)}" for cell in _differing(one)
    )
    answers = [
        code(shortened(given.text or given.error or given.status, TEXT_CHARS))
        for given in (one.a, one.b)
    ]
    return [name(one.sample.id), one.trend.value, scores, *answers]


def _differing(one: ChangedSample) -> list[Cell]:
    return [cell for cell in one.cells if cell.differs]


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else short(value)


def _causes(pair: PairComparison) -> Iterator[Section]:
    for task in pair.tasks:
        where = f" on {tagged(shortened(task_title(task), NAME_CHARS))}"
        yield from _differences(task.differences, where)
    yield from _differences(pair.differences, "")


def _differences(sections: Sequence[Differing], where: str) -> Iterator[Section]:
    for section in sections:
        heading = f"Differs{where}: {section.title} ({len(section.facts)})"
        head, line, *rows = table_lines(
            ["", "A", "B", ""],
            (
                [
                    code(text) if text else ""
                    for text in _texts(fact.about, fact.a, fact.b, fact.note)
                ]
                for fact in section.facts[:SHOWN_FACTS]
            ),
        )
        told: tuple[str, ...] = ("",)
        if len(section.facts) > SHOWN_FACTS:
            more = f"{len(section.facts) - SHOWN_FACTS} more are in {code('comparison.json')}."
            told = ("", more, "")
        yield Section(
            heading,
            (f"<details><summary>{heading}</summary>", "", head, line),
            tuple(rows),
            (*told, "</details>", ""),
            "comparison.json",
        )


def _texts(*texts: str) -> list[str]:
    return [shortened(text, TEXT_CHARS) for text in texts]
