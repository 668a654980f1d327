"""A run on a terminal, in lines that change."""

import fcntl
import io
import os
import struct
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text

from tests.build import answer
from tests.unit.cli.progress.story import loaded, tell
from vlmhb.cli.progress.display import Display, display
from vlmhb.cli.progress.live import LiveDisplay
from vlmhb.cli.progress.plain import PlainDisplay
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps


class Terminal(io.StringIO):
    """What is sent to a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": "110", "LINES": "30"}.items():
        monkeypatch.setenv(name, value)


def shown_by(stream: Terminal) -> str:
    tell(LiveDisplay(stream))
    return stream.getvalue()


def test_the_last_state_of_each_model_stays_on_the_screen():
    last = shown_by(Terminal()).rpartition("\x1b[2K")[2] + shown_by(Terminal())

    assert "m      5/5  ━━━━━━━━━━━━━━━━━━━━  done, 1 failed, 1 worker lost" in last
    assert "other  0/1  ────────────────────  unavailable: no such file" in last
    assert "total  5/6  " in last


def test_what_matters_later_stays_above_the_lines_that_change():
    shown = shown_by(Terminal())

    assert "run folder: runs/x" in shown
    assert "m: waiting for a GPU: GPU-a is used by vlmhb run 7" in shown
    assert "m: worker lost: SIGSEGV \\u001b[2J; starting another" in shown
    assert "GPU-a did not get its memory back" in shown
    assert "building env toy\n" not in shown
    assert "0/0" not in shown


def test_nothing_that_others_wrote_moves_the_cursor():
    assert "\x1b[2J" not in shown_by(Terminal())


def test_no_color_leaves_out_colours(monkeypatch: pytest.MonkeyPatch):
    assert "\x1b[31m" in shown_by(Terminal())

    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[3" not in shown_by(Terminal())


def test_a_bar_of_its_data_makes_room_for_the_lines():
    stream = Terminal()

    with LiveDisplay(stream) as live:
        live.see_data(DataStep("rendering docs", 34, 300, "pages"))
        before = stream.getvalue()
        live.planned(Path("runs/x"), {"m": 2}, {})

    assert "rendering docs" in before
    assert "run folder" not in before
    assert "rendering docs" not in stream.getvalue().partition("run folder: runs/x")[2]


def test_data_that_is_read_again_at_the_end_comes_after_the_lines():
    stream = Terminal()

    with LiveDisplay(stream) as live:
        live.planned(Path("runs/x"), {"m": 2}, {})
        live.see_data(DataStep("reading docs", 34, 300, "pages"))
        before = stream.getvalue()

    assert "waiting for its turn" in before
    assert "waiting for its turn" not in stream.getvalue().removeprefix(before)


def test_a_terminal_that_goes_away_does_not_end_the_run():
    terminal, program = os.openpty()
    with os.fdopen(program, "w") as stream:
        live = LiveDisplay(stream)
        os.close(terminal)

        tell(live)


def test_a_reader_that_goes_away_does_not_end_the_run():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        live = LiveDisplay(stream, is_forced=True)
        os.close(reader)

        tell(live)


def test_after_a_terminal_was_made_smaller_lines_fit_it(monkeypatch: pytest.MonkeyPatch):
    """Of those that this process was started with, rich asks one; here that is ours."""
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name)
    terminal, program = os.openpty()
    kept = os.dup(0)
    os.dup2(program, 0)
    stream = Terminal()
    try:
        resize(terminal, 120, 30)
        with LiveDisplay(stream) as live:
            live.planned(Path("runs/x"), {"a-model-with-a-name": 100}, {})
            live.see(loaded("a-model-with-a-name", 2**34))
            resize(terminal, 50, 30)
            before = stream.getvalue()
            live.see(steps.Answered("a-model-with-a-name", answer()))
            live.see(steps.GaveUp("a-model-with-a-name", "so it is drawn"))
    finally:
        os.dup2(kept, 0)
        for fd in (kept, terminal, program):
            os.close(fd)

    drawn = stream.getvalue().removeprefix(before).split("\x1b[2K")[1:]
    lines = [line for text in drawn for line in plain(text).splitlines() if "/100" in line]
    assert lines
    assert max(map(cell_len, lines)) <= 50
    assert max(map(cell_len, plain(before).splitlines())) > 50


def resize(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def plain(text: str) -> str:
    """Without colours and movements."""
    return Text.from_ansi(text.replace("\r", "\n")).plain


@pytest.mark.parametrize(
    ("ui", "kind"), [("rich", LiveDisplay), ("plain", PlainDisplay), ("none", Display)]
)
def test_the_display_asked_for_is_used(ui: str, kind: type[Display]):
    assert kind is type(display(ui))


@pytest.mark.parametrize("terminal", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_move_its_cursor_gets_lines(
    monkeypatch: pytest.MonkeyPatch, terminal: str
):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(display("auto"), LiveDisplay)

    monkeypatch.setenv("TERM", terminal)

    assert isinstance(display("auto"), PlainDisplay)


def test_without_a_terminal_progress_is_plain(capfd: pytest.CaptureFixture[str]):
    assert isinstance(display("auto"), PlainDisplay)


def test_rich_can_be_forced_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]):
    tell(display("rich"))

    assert "\x1b[" in capfd.readouterr().err


def test_where_nothing_is_shown_data_is_not_either(capfd: pytest.CaptureFixture[str]):
    with display("none") as shown:
        shown.see_data(DataStep("fetching a.tsv", 0, 5_000_000))
        tell(shown)

    assert "" == capfd.readouterr().err
