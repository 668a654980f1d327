"""How often each kind of mistake was made: by model, and by class and field."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.domain.results import Results
from vlmhb.report.entries import UNAVAILABLE, Entry
from vlmhb.report.error_classes.classes import ErrorClass, Family
from vlmhb.report.error_classes.verdict import Apart, Verdict

BAR_WIDTH = 240
MOST_NAMED = 4
Part: TypeAlias = "Apart | Family"
PARTS: tuple[Part, ...] = (
    Apart.RIGHT,
    *Family,
    Apart.FAILED,
    Apart.NOT_CLASSED,
    Apart.NOT_ANSWERED,
)
"""Of a bar, from left to right."""


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """Samples of one evaluation and one field that became the same."""

    model: str
    task: str
    doc_class: str
    question_type: str
    verdict: str
    """`right`, an error class, `failed`, `not_classed` or `not_answered`."""
    count: int


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a bar."""

    part: Part
    count: int
    start: float
    """Pixels from the left end."""
    width: float


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """What became of the samples of a model, or of a group of samples."""

    name: str
    """Of the model; empty in a row of a group."""
    group: tuple[str, ...]
    """Document class and field; empty in a row of a model."""
    counts: Mapping[Verdict, int]
    mechanism_only: bool = False

    @property
    def n_total(self) -> int:
        """Samples."""
        return sum(self.counts.values())

    @property
    def n_wrong(self) -> int:
        """Samples with an error class."""
        return sum(n for verdict, n in self.counts.items() if isinstance(verdict, ErrorClass))

    def share(self, verdict: Verdict) -> float:
        """Of all samples."""
        return self.counts.get(verdict, 0) / self.n_total if self.n_total else 0.0

    @property
    def title(self) -> str:
        """Of a group, its values in words."""
        return " / ".join(filter(None, self.group)) or "not said"

    @property
    def where(self) -> dict[str, str]:
        """By what its samples are found in the browser, beside the task."""
        if self.name:
            return {"model": self.name}
        return dict(zip(("doc_class", "question_type"), self.group, strict=True))

    @property
    def most_frequent(self) -> tuple[Verdict, ...]:
        """Classes of mistakes and failures, at most `MOST_NAMED`."""
        found = [each for each in (*ErrorClass, Apart.FAILED) if self.counts.get(each)]
        return tuple(sorted(found, key=lambda each: -self.counts[each])[:MOST_NAMED])

    @property
    def bar(self) -> tuple[Share, ...]:
        """The row's samples by what is to be done about them, side by side."""
        parts = dict.fromkeys(PARTS, 0)
        for verdict, count in self.counts.items():
            parts[_part_of(verdict)] += count
        shares, start = [], 0.0
        for part, count in parts.items():
            if count:
                width = BAR_WIDTH * count / self.n_total
                shares.append(Share(part, count, round(start, 2), round(width, 2)))
                start += width
        return tuple(shares)


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """The mistakes of one task."""

    task: str
    models: tuple[ErrorRow, ...]
    """In the order of the run file, models that only show the machinery last."""
    groups: tuple[ErrorRow, ...]
    """All models together but those; empty where the task has one group."""

    @property
    def classes(self) -> tuple[ErrorClass, ...]:
        """Those that occur."""
        return tuple(
            each for each in ErrorClass if any(row.counts.get(each) for row in self.models)
        )

    @property
    def kinds(self) -> tuple[tuple[Verdict, Part, str], ...]:
        """What became of samples, right ones aside: verdict, part of a bar, definition."""
        others = [each for each in Apart if each is not Apart.RIGHT]
        return (
            *((each, each.about.family, each.about.definition) for each in self.classes),
            *(
                (each, each, each.definition)
                for each in others
                if any(row.counts.get(each) for row in self.models)
            ),
        )


def _part_of(verdict: Verdict) -> Part:
    return verdict if isinstance(verdict, Apart) else verdict.about.family


def error_counts(entries: Iterable[Entry]) -> tuple[ErrorCount, ...]:
    """What became of the samples of models that could be evaluated, in the order of the plan."""
    counts: Counter[tuple[str, str, str, str, Verdict]] = Counter(
        (
            entry.evaluation.model,
            entry.evaluation.task,
            entry.sample.doc_class,
            entry.sample.question_type,
            entry.verdict,
        )
        for entry in entries
        if entry.status != UNAVAILABLE
    )
    return tuple(
        ErrorCount(model, task, doc_class, question_type, verdict.value, count)
        for (model, task, doc_class, question_type, verdict), count in counts.items()
    )


def error_tables(results: Results, entries: Sequence[Entry]) -> tuple[ErrorTable, ...]:
    """One for each task of which a sample got an error class, in the order of the run file."""
    mechanism = {model.name for model in results.models if model.mechanism_only}
    by_task: dict[str, list[Entry]] = {loaded.task.name: [] for loaded in results.tasks}
    for entry in entries:
        if entry.status != UNAVAILABLE:
            by_task[entry.evaluation.task].append(entry)
    tables = (_table(task, found, mechanism) for task, found in by_task.items())
    return tuple(table for table in tables if table.classes)


def _table(task: str, entries: Sequence[Entry], mechanism: set[str]) -> ErrorTable:
    models: dict[str, Counter[Verdict]] = {}
    groups: dict[tuple[str, ...], Counter[Verdict]] = {}
    for entry in entries:
        name, sample = entry.evaluation.model, entry.sample
        models.setdefault(name, Counter())[entry.verdict] += 1
        if name not in mechanism:
            group = (sample.doc_class, sample.question_type)
            groups.setdefault(group, Counter())[entry.verdict] += 1
    rows = [ErrorRow(name, (), counts, name in mechanism) for name, counts in models.items()]
    by_group = [ErrorRow("", group, counts) for group, counts in sorted(groups.items())]
    return ErrorTable(
        task=task,
        models=tuple(sorted(rows, key=lambda row: row.mechanism_only)),
        groups=tuple(by_group) if len(by_group) > 1 else (),
    )


def legend_of(tables: Iterable[ErrorTable]) -> tuple[Part, ...]:
    """Each part that a bar has, in the order of the bars."""
    parts = {share.part for table in tables for row in table.models for share in row.bar}
    return tuple(part for part in PARTS if part in parts)
