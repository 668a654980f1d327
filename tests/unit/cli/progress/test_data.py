"""What fetching, reading and rendering datasets, and fetching weights, say while they go on."""

import io

import pytest

from tests.unit.cli.progress.story import Clock
from vlmhb.cli.progress.data import DataDisplay, DataLines, LiveData, PlainData, data_display
from vlmhb.domain.data_step import DataStep


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def rendering(done: int, total: int = 300, *, is_least: bool = False) -> DataStep:
    return DataStep("rendering docs", done, total, "pages", is_least)


def said(*steps: tuple[float, DataStep]) -> list[str]:
    """The lines for steps at these times."""
    clock = Clock()
    lines = DataLines(clock)
    told = []
    for now_s, step in steps:
        clock.now_s = now_s
        told.append(lines.line(step))
    return [line for line in told if line]


def test_what_is_over_soon_is_not_worth_a_line():
    assert [] == said((0, rendering(0)), (1, rendering(150)), (1.9, rendering(300)))


def test_of_a_long_stage_the_first_the_last_and_some_steps_are_told():
    told = said(*((done / 25, rendering(done, is_least=done < 9)) for done in range(301)))

    assert [f"rendering docs: {done} of 300 pages" for done in (50, 175, 300)] == told


def test_a_total_that_may_grow_is_not_the_end():
    steps = ((2.5 + n / 100, rendering(n, n, is_least=True)) for n in (1, 2, 3))

    assert ["rendering docs: 1 of at least 1 pages"] == said((0, rendering(0)), *steps)


def test_each_stage_is_told_anew():
    other = DataStep("reading docs", 1, 9, "files")

    assert ["rendering docs: 2 of 9 pages", "reading docs: 1 of 9 files"] == said(
        (0, rendering(1, 9)), (3, rendering(2, 9)), (4, other), (6.5, other)
    )


def test_bytes_from_elsewhere_are_told_at_once_and_with_their_rate():
    first, last = (DataStep("fetching a.tsv", n, 250_000_000) for n in (0, 100_000_000))

    assert [
        "waiting for another",
        "fetching a.tsv: 0.0 of 250.0 MB, 0 %",
        "fetching a.tsv: 100.0 of 250.0 MB, 40 %, 20 MB/s, ETA 0:08",
    ] == said((0, DataStep("waiting for another")), (1, first), (2, first), (6, last))


def test_weights_are_told_as_datasets_are():
    stream, clock = io.StringIO(), Clock()

    with PlainData(stream, clock) as shown:
        shown.see_weights("waiting for \x1b[31mOrg/Name", 0, 0)
        for second in range(6):
            clock.now_s = float(second)
            shown.see_weights("fetching Org/Name", second * 10**7, 10**8)

    assert [
        "waiting for \\u001b[31mOrg/Name",
        "fetching Org/Name: 0.0 of 100.0 MB, 0 %",
        "fetching Org/Name: 50.0 of 100.0 MB, 50 %, 10 MB/s, ETA 0:05",
    ] == stream.getvalue().splitlines()


def test_a_bar_shows_the_last_that_it_heard_and_goes_away(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()

    with LiveData(stream) as shown:
        shown.see(rendering(1, 20, is_least=True))
        shown.see(rendering(299))
        shown.see(DataStep("fetching \x1b[2Ja.tsv", 5_000_000, 250_000_000))

    assert "5.0 of 250.0 MB" in stream.getvalue()
    assert "fetching \\u001b[2Ja.tsv" in stream.getvalue()
    assert stream.getvalue().endswith("\x1b[2K")


def test_a_bar_that_hears_nothing_shows_nothing():
    stream = Terminal()

    with LiveData(stream):
        pass

    assert "" == stream.getvalue()


@pytest.mark.parametrize(
    ("ui", "kind"),
    [("rich", LiveData), ("plain", PlainData), ("none", DataDisplay), ("auto", PlainData)],
)
def test_the_display_asked_for_is_used(ui: str, kind: type[DataDisplay]):
    assert kind is type(data_display(ui))
