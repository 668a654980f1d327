"""A run as lines that fit a terminal. Knows no clock and no terminal: it is told both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from vlmhb.cli.progress import wording
from vlmhb.cli.progress.observed import ModelProgress, Observed, Phase
from vlmhb.cli.terminal import printable

NAME_WIDTH = 28
LEAST_NAME_WIDTH = 10
BAR_WIDTH = 20
WIDE = 90
"""From here on there is room for bars."""
STYLES = {Phase.DONE: "green", Phase.UNAVAILABLE: "red", Phase.WAITING: "dim"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line, as wide as may be, and how it looks."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where lines are shown."""

    width: int
    height: int
    is_unicode: bool = True
    """Whether it can show more than ASCII."""


def lines(run: Observed, now_s: float, screen: Screen) -> list[Line]:
    """A line per model, as many as there is room for, and one for all of them."""
    models = list(run.models.values())
    room = max(screen.height - 2, 1)  # for the line of them all, and the cursor's
    shown = models if len(models) <= room else _most_telling(models, room - 1)
    columns = _Columns.fitting(run, shown, screen)
    told = [columns.of_model(run, model, now_s) for model in shown]
    if len(shown) < len(models):
        told.append(Line(fitted(_others(models, shown), screen.width), "dim"))
    return [*told, columns.of_all(run, now_s)]


def fitted(text: str, width: int, *, is_unicode: bool = True) -> str:
    """`text` in at most `width` cells, its end cut with a mark where it is longer."""
    if cell_len(text) <= width:
        return text
    mark = "…" if is_unicode else "..."
    return (set_cell_size(text, max(width - len(mark), 0)) + mark)[:width]


def shortened(name: str, width: int, *, is_unicode: bool = True) -> str:
    """`name` in exactly `width` cells; of a longer one the middle is left out."""
    if cell_len(name) > width:
        mark = "…" if is_unicode else ".."
        tail = max((width - len(mark)) // 2, 0)
        end = _last_cells(name, tail)
        name = set_cell_size(name, width - len(mark) - cell_len(end)) + mark + end
    return set_cell_size(name, width)


@dataclass(frozen=True, slots=True)
class _Columns:
    screen: Screen
    name: int
    count: int
    bar: int

    @classmethod
    def fitting(cls, run: Observed, shown: Sequence[ModelProgress], screen: Screen) -> "_Columns":
        longest = max((cell_len(printable(model.name)) for model in shown), default=0)
        widest = max(min(NAME_WIDTH, screen.width // 4), LEAST_NAME_WIDTH)
        return cls(
            screen,
            name=min(max(longest, len("total")), widest),
            count=len(f"{run.total}/{run.total}"),
            bar=BAR_WIDTH if screen.width >= WIDE else 0,
        )

    def of_model(self, run: Observed, model: ModelProgress, now_s: float) -> Line:
        what = wording.doing(run, model, now_s)
        figures = wording.figures(model, now_s)
        # What answers says so by its figures; there is no room for the word as well.
        parts = figures if figures and model.phase is Phase.ANSWERING else [what, *figures]
        style = "yellow" if model.failed else STYLES.get(model.phase, "")
        return Line(self._line(model.name, model.done, model.total, parts), style)

    def of_all(self, run: Observed, now_s: float) -> Line:
        parts = wording.total_figures(run, now_s)
        return Line(self._line("total", run.done, run.total, parts), "bold")

    def _line(self, name: str, done: int, total: int, parts: Sequence[str]) -> str:
        is_unicode = self.screen.is_unicode
        head = shortened(printable(name), self.name, is_unicode=is_unicode)
        head += f"  {f'{done}/{total}':>{self.count}}  "
        if self.bar:
            head += _bar(done, total, self.bar, is_unicode=is_unicode) + "  "
        room = self.screen.width - cell_len(head)
        told = printable(_fitting(parts, room)).replace("\n", " ").replace("\t", " ")
        return fitted(head + told, self.screen.width, is_unicode=is_unicode).rstrip()


def _fitting(parts: Sequence[str], room: int) -> str:
    """The first part, and as many of the others as there is room for as a whole."""
    told = ""
    for part in parts:
        longer = f"{told}, {part}" if told else part
        if told and cell_len(printable(longer)) > room:
            break
        told = longer
    return told


def _bar(done: int, total: int, width: int, *, is_unicode: bool) -> str:
    full, empty = ("━", "─") if is_unicode else ("#", "-")
    filled = done * width // total if total else width
    return full * filled + empty * (width - filled)


def _most_telling(models: Sequence[ModelProgress], room: int) -> list[ModelProgress]:
    """Those that work, then those that wait, then those that are over; in their order."""
    ranks = {Phase.ANSWERING: 0, Phase.LOADING: 0, Phase.WAITING: 1}
    ranked = sorted(models, key=lambda model: ranks.get(model.phase, 2))
    chosen = {model.name for model in ranked[: max(room, 0)]}
    return [model for model in models if model.name in chosen]


def _others(models: Sequence[ModelProgress], shown: Sequence[ModelProgress]) -> str:
    names = {model.name for model in shown}
    hidden = [model for model in models if model.name not in names]
    counts = ", ".join(_counted(hidden))
    return f"and {len(hidden)} more: {counts}"


def _counted(models: Sequence[ModelProgress]) -> Iterator[str]:
    for phase in Phase:
        if count := sum(model.phase is phase for model in models):
            yield f"{count} {phase.value}"


def _last_cells(text: str, width: int) -> str:
    end = ""
    for char in reversed(text):
        if cell_len(char + end) > width:
            break
        end = char + end
    return end
