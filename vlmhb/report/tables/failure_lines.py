"""What went wrong, as Markdown."""

from collections.abc import Iterator, Sequence

from vlmhb.report.entries import NOT_ANSWERED
from vlmhb.report.figures.failures import FailureCount, NotScored, UnavailableModel
from vlmhb.report.figures.problems import Problem
from vlmhb.report.figures.setbacks import Setback
from vlmhb.report.numbers import percent
from vlmhb.report.tables.bounded import Section
from vlmhb.report.tables.markdown import code, name, table_lines
from vlmhb.report.text import shortened

REASON_CHARS = 500
"""Of a model that was not evaluated: enough for what is wrong, without its whole traceback."""
ERROR_CHARS = 160
REASON_ROWS = 60
"""More reasons than a comment on a pull request should have."""


def unavailable_sections(unavailable: Sequence[UnavailableModel]) -> Iterator[Section]:
    """Models that could not be evaluated, or not to the end."""
    if unavailable:
        title = "Models that were not evaluated to the end"
        rows = tuple(line for model in unavailable for line in _unavailable(model))
        yield Section(title.lower(), (f"### {title}", ""), rows, ("",), "results.json")


def _unavailable(model: UnavailableModel) -> Iterator[str]:
    yield f"- {name(model.model)} {model.state}: {code(shortened(model.reason, REASON_CHARS))}"
    for command in model.commands:
        yield f"  - Run: {code(shortened(command, REASON_CHARS))}"


def problem_sections(problems: Sequence[Problem]) -> Iterator[Section]:
    """Figures that could not be made as the tasks ask."""
    if problems:
        rows = [
            [
                name(problem.model),
                name(problem.task),
                name(problem.metric),
                code(shortened(problem.reason, REASON_CHARS)),
            ]
            for problem in problems
        ]
        title = "Figures that could not be made as asked"
        yield _table(title, ["model", "task", "metric", "reason"], rows, "results.json")


def failure_sections(failures: Sequence[FailureCount]) -> Iterator[Section]:
    """Samples without an answer."""
    if failures:
        rows = [
            [
                name(failure.model),
                name(failure.task),
                name(failure.reason),
                str(failure.count),
                code(shortened(failure.example, ERROR_CHARS)) if failure.example else "",
            ]
            for failure in failures
        ]
        header = ["model", "task", "reason", "samples", "first error"]
        yield _table("Samples without an answer", header, rows, "answers.csv")


def setback_sections(setbacks: Sequence[Setback]) -> Iterator[Section]:
    """Answers that came another way than they should have."""
    rows = [
        [name(one.model), name(one.task), name(one.words), str(one.count), percent(one.share)]
        for one in setbacks
        if one.kind != NOT_ANSWERED
    ]
    if rows:
        header = ["model", "task", "what happened", "samples", "share"]
        title = "Answers that were reduced, retried or cut"
        yield _table(title, header, rows, "results.json")


def unscored_sections(unscored: Sequence[NotScored]) -> Iterator[Section]:
    """Samples that have an answer and that a metric does not judge."""
    if unscored:
        rows = [
            [
                name(each.model),
                name(each.task),
                name(each.metric),
                code(shortened(each.reason, ERROR_CHARS)),
                str(each.count),
            ]
            for each in unscored[:REASON_ROWS]
        ]
        more = len(unscored) - len(rows)
        told = ("", f"{more} more reasons; they are in scores.csv.") if more else ()
        header = ["model", "task", "metric", "reason", "samples"]
        title = "Samples that a metric does not judge"
        yield _table(title, header, rows, "scores.csv", told)


def _table(
    title: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    whole: str,
    told: tuple[str, ...] = (),
) -> Section:
    head, line, *body = table_lines(header, rows)
    return Section(title.lower(), (f"### {title}", "", head, line), tuple(body), (*told, ""), whole)
