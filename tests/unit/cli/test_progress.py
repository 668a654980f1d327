"""What a run says while it runs."""

import io
import os
import sys
from pathlib import Path

import pytest

from tests.build import answer, failed
from vlmhb.cli.live_table import LiveTable
from vlmhb.cli.progress import Display, PlainDisplay, display
from vlmhb.domain.data_step import DataStep
from vlmhb.domain.envspec import Env, Interpreter
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.schedule import progress as steps

PYTHON = Interpreter("/python", "3.11.7", "", "cpython-311", "")
ENV = Env("toy", "f" * 64, "/python", PYTHON, "l" * 64, (("msgpack", "1"),), 1.0, 100, {})
STORY: tuple[steps.Progress, ...] = (
    steps.EnvStep("toy", "building env toy"),
    steps.EnvBuilt(ENV),
    steps.WeightsStep("m", "fetching", 0, 2_500_000),
    steps.WeightsStep("m", "fetching", 1_000_000, 2_500_000),
    steps.WeightsFetched("m", LoadedWeights("Org/Name", "c" * 40, "d" * 64)),
    steps.GpuAwaited("m", "GPU-a is used by vlmhb run 7"),
    steps.ModelStarting("m"),
    steps.LoadStep("m", "weights", 1, 2),
    steps.ModelLoaded("m", 1.25, 2, None, {}, ENV.fingerprint),
    steps.Answered("m", answer("r1")),
    steps.WorkerLost("m", "SIGSEGV \x1b[2J"),
    steps.WeightsChanged("m", ("Org/Name: config.json",)),
    steps.Answered("m", failed("r2")),
    steps.GpuReturned("m", GpuFigures("GPU-a"), ""),
    steps.GpuReturned("m", GpuFigures("GPU-a"), "GPU-a did not get its memory back"),
    steps.GaveUp("other", "no such file", "what it printed"),
)


def tell(shown: Display) -> None:
    with shown:
        shown.planned(Path("runs/x"), {"m": 2, "other": 1}, {"m": 3, "other": 0})
        for step in STORY:
            shown.see(step)


def test_plain_lines_tell_the_whole_story():
    stream = io.StringIO()

    tell(PlainDisplay(stream))

    said = [line.partition(" s] ")[2] for line in stream.getvalue().splitlines()]
    assert [
        "run folder: runs/x",
        "continuing: 3 requests already answered",
        "m: 2 requests",
        "other: 1 requests",
        "building env toy",
        "env toy: ready, python 3.11.7",
        "m: weights: fetching 0.0 MB of 2.5 MB",
        "m: weights ready: Org/Name cccccccccccc",
        "m: waiting for a GPU: GPU-a is used by vlmhb run 7",
        "m: loaded in 1.2 s",
        "m: 4/5",
        "m: worker lost: SIGSEGV \\u001b[2J; starting another",
        "m: WARNING: its weights changed while it ran, maybe by its own code: Org/Name: "
        "config.json; do not trust its answers, or those of later runs, before these files are "
        "fetched anew",
        "m: 5/5, 1 failed",
        "GPU-a did not get its memory back",
        "other: unavailable: no such file",
    ] == said


def test_before_the_run_is_planned_plain_lines_tell_of_its_data():
    stream = io.StringIO()
    shown = PlainDisplay(stream)

    with shown:
        shown.see_data(DataStep("rendering docs", 1, 9, "pages"))
        shown.see_data(DataStep("fetching \x1b[2Ja.tsv", 0, 5_000_000))

    (line,) = stream.getvalue().splitlines()
    assert line.endswith(" s] fetching \\u001b[2Ja.tsv: 0.0 of 5.0 MB, 0 MB/s")


def test_a_bar_of_its_data_makes_room_for_the_live_table(capfd: pytest.CaptureFixture[str]):
    table = LiveTable(sys.stderr)

    with table:
        table.see_data(DataStep("rendering docs", 34, 300, "pages"))
        before = capfd.readouterr().err
        table.planned(Path("runs/x"), {"m": 2}, {})

    assert "run folder" not in before
    assert "rendering docs" not in capfd.readouterr().err.partition("run folder: runs/x")[2]


def test_data_that_is_read_again_at_the_end_comes_after_the_live_table(
    capfd: pytest.CaptureFixture[str],
):
    table = LiveTable(sys.stderr)

    with table:
        table.planned(Path("runs/x"), {"m": 2}, {})
        table.see_data(DataStep("reading docs", 34, 300, "pages"))
        before = capfd.readouterr().err

    assert "waiting for its env" in before
    assert "waiting for its env" not in capfd.readouterr().err


def test_where_nothing_is_shown_data_is_not_either(capfd: pytest.CaptureFixture[str]):
    with display("none") as shown:
        shown.see_data(DataStep("fetching a.tsv", 0, 5_000_000))

    assert "" == capfd.readouterr().err


def test_a_stream_that_breaks_is_left_alone():
    class Broken(io.StringIO):
        writes = 0

        def write(self, _text: str) -> int:
            Broken.writes += 1
            raise BrokenPipeError

    tell(PlainDisplay(Broken()))

    assert 1 == Broken.writes


def test_the_live_table_ends_with_the_state_of_each_model(capfd: pytest.CaptureFixture[str]):
    tell(LiveTable(sys.stderr))

    said = capfd.readouterr().err
    assert "unavailable" in said
    assert "waiting for a GPU" in said
    assert "did not get its memory back" in said
    assert "1 failed" in said
    assert "\x1b[2J" not in said


def test_a_terminal_that_goes_away_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal, program = os.openpty()
    with os.fdopen(program, "w") as stream:
        table = LiveTable(stream)
        os.close(terminal)

        tell(table)


def test_a_reader_that_goes_away_does_not_end_the_run():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        table = LiveTable(stream)
        os.close(reader)

        tell(table)


@pytest.mark.parametrize(("ui", "kind"), [("rich", LiveTable), ("plain", PlainDisplay)])
def test_the_display_asked_for_is_used(ui: str, kind: type[Display]):
    assert isinstance(display(ui), kind)


def test_without_a_terminal_progress_is_plain(capfd: pytest.CaptureFixture[str]):
    assert isinstance(display("auto"), PlainDisplay)
