"""What differs between the models' runs, as Markdown."""

from collections.abc import Iterator

from vlmhb.report.figures.model_differences import ModelDifferences
from vlmhb.report.tables.bounded import Section
from vlmhb.report.tables.markdown import code, name, table_lines
from vlmhb.report.text import shortened

VALUE_CHARS = 120


def difference_sections(found: ModelDifferences) -> Iterator[Section]:
    """A folded table for each kind of what is not the same for all models."""
    for section in found.sections:
        rows = (
            [name(row.about), *(code(shortened(value, VALUE_CHARS)) for value in row.values)]
            for row in section.rows
        )
        head, line, *body = table_lines(["", *map(name, found.models)], rows)
        title = f"Differs between the models: {section.title} ({len(section.rows)})"
        yield Section(
            title,
            (f"<details><summary>{title}</summary>", "", head, line),
            tuple(body),
            ("", "</details>", ""),
            "report.html",
        )
