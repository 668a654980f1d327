"""What the models took of the machine, as Markdown."""

from collections.abc import Iterator, Sequence

from vlmhb.report.figures.cost_table import CostLine
from vlmhb.report.tables.bounded import Section
from vlmhb.report.tables.markdown import name, table_lines


def cost_sections(lines: Sequence[CostLine]) -> Iterator[Section]:
    """A table of what was measured of any model, where something was."""
    columns = list(zip(*(line.cells for line in lines), strict=True))
    shown = [
        place
        for place, cells in enumerate(columns)
        if any(cell.value is not None for cell in cells)
    ]
    if not shown:
        return
    cells = lines[0].cells
    titles = (
        f"{cells[i].title} ({cells[i].unit})" if cells[i].unit else cells[i].title for i in shown
    )
    rows = ([name(line.model), *(line.cells[place].text for place in shown)] for line in lines)
    head, line, *body = table_lines(["model", *titles], rows)
    yield Section(
        "what it took", ("### What it took", "", head, line), tuple(body), ("",), "results.json"
    )
