"""What fetching, reading and rendering datasets says while it goes on."""

import io
import math
import re

import pytest

from vlmhb.cli.data_progress import DataDisplay, DataLines, LiveData, PlainData, data_display
from vlmhb.domain.data_step import DataStep


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def rendering(done: int, total: int = 300, *, is_least: bool = False) -> DataStep:
    return DataStep("rendering docs", done, total, "pages", is_least)


def said(lines: DataLines, *steps: DataStep) -> list[str]:
    return [line for step in steps if (line := lines.line(step))]


def test_what_is_over_soon_is_not_worth_a_line():
    lines = DataLines(patience_s=math.inf, interval_s=0)

    assert [] == said(lines, rendering(0), rendering(150), rendering(300))


def test_pages_are_told_with_how_many_there_are():
    lines = DataLines(patience_s=0, interval_s=0)

    assert [
        "rendering docs: 0 of at least 20 pages",
        "rendering docs: 34 of 1,300 pages",
    ] == said(lines, rendering(0, 20, is_least=True), rendering(34, 1300))
    assert ["reading a: 3,400 pages"] == said(lines, DataStep("reading a", 3400, 0, "pages"))


def test_of_a_long_stage_the_first_and_the_last_step_are_told():
    lines = DataLines(patience_s=0, interval_s=math.inf)

    told = said(lines, *(rendering(done, is_least=done < 9) for done in range(301)))

    assert ["rendering docs: 0 of at least 300 pages", "rendering docs: 300 of 300 pages"] == told


def test_a_total_that_may_grow_is_not_the_end():
    lines = DataLines(patience_s=0, interval_s=math.inf)

    assert 1 == len(said(lines, rendering(0), *[rendering(n, n, is_least=True) for n in (1, 2)]))


def test_each_stage_is_told_anew():
    lines = DataLines(patience_s=0, interval_s=math.inf)
    other = DataStep("reading docs", 1, 9, "files")

    assert ["rendering docs: 1 of 9 pages", "reading docs: 1 of 9 files"] == said(
        lines, rendering(1, 9), rendering(2, 9), other, other
    )


def test_bytes_from_elsewhere_are_told_at_once_and_with_their_rate():
    lines = DataLines(patience_s=math.inf, interval_s=math.inf)
    fetching = DataStep("fetching a.tsv", 5_000_000, 250_000_000)

    assert ["waiting for another", "fetching a.tsv: 5.0 of 250.0 MB, 0 MB/s"] == said(
        lines, DataStep("waiting for another"), fetching, fetching
    )


def test_the_rate_counts_what_came_since_the_stage_began():
    lines = DataLines(patience_s=math.inf, interval_s=0)
    first, last = said(
        lines, DataStep("f", 10**12, 2 * 10**12), DataStep("f", 10**12 + 10**9, 2 * 10**12)
    )

    assert first.endswith(", 0 MB/s")
    # At most: not one part in a thousand of what was there before counts.
    rate = re.search(r", (\d+) MB/s$", last)
    assert rate
    assert 0 < int(rate[1]) <= 10**6


def test_bytes_without_a_total_are_told_too():
    lines = DataLines(patience_s=0, interval_s=0)

    assert ["f: 5.0 MB, 0 MB/s"] == said(lines, DataStep("f", 5_000_000))


def test_plain_lines_spell_out_what_no_terminal_should_see():
    stream = io.StringIO()

    with PlainData(stream, DataLines(patience_s=0)) as shown:
        shown.see(DataStep("reading \x1b[31mdocs", 1, 2, "files"))

    assert "reading \\u001b[31mdocs: 1 of 2 files\n" == stream.getvalue()


def test_a_bar_shows_the_last_that_it_heard_and_goes_away():
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
