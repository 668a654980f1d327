"""A run as lines of text."""

import io
from pathlib import Path

from tests.build import answer
from tests.unit.cli.progress.story import Clock, loaded, tell
from vlmhb.cli.progress.plain import PlainDisplay, interval_s
from vlmhb.domain.data_step import DataStep
from vlmhb.schedule import progress as steps


def said(stream: io.StringIO) -> list[str]:
    return [line.partition(" s] ")[2] for line in stream.getvalue().splitlines()]


def test_lines_tell_the_whole_story():
    stream = io.StringIO()

    tell(PlainDisplay(stream, Clock()))

    assert [
        "run folder: runs/x",
        "continuing: 3 requests already answered",
        "m: 2 requests",
        "other: 1 requests",
        "other: unavailable: no such file",
        "building env toy",
        "env toy: ready, python 3.11.7",
        "m: fetching: 0.0 of 2.5 MB, 0 %",
        "m: weights ready: Org/Name cccccccccccc",
        "m: waiting for a GPU: GPU-a is used by vlmhb run 7",
        "m: loading",
        "m: loading weights 1/2",
        "m: loaded in 1.2 s",
        "m: 4/5",
        "m: worker lost: SIGSEGV \\u001b[2J; starting another",
        "m: WARNING: its weights changed while it ran, maybe by its own code: Org/Name: "
        "config.json; do not trust its answers, or those of later runs, before these files are "
        "fetched anew",
        "m: 5/5, 1 failed, 1 worker lost",
        "GPU-a did not get its memory back",
        "total: 5/6, 1 failed, 0:00 elapsed",
    ] == said(stream)


def test_a_model_is_spoken_of_every_few_seconds_and_at_its_end():
    stream, clock = io.StringIO(), Clock()

    with PlainDisplay(stream, clock) as shown:
        shown.planned(Path("runs/x"), {"m": 30}, {})
        shown.see(loaded("m"))
        for second in range(1, 31):
            clock.now_s = float(second)
            shown.see(steps.Answered("m", answer()))

    assert [
        "m: 1/30, 1.0/s, ETA 0:29",
        "m: 6/30, 1.0/s, ETA 0:24",
        "m: 11/30, 1.0/s, ETA 0:19",
        "m: 16/30, 1.0/s, ETA 0:14",
        "m: 21/30, 1.0/s, ETA 0:09",
        "m: 26/30, 1.0/s, ETA 0:04",
        "m: 30/30",
        "total: 30/30, 0:30 elapsed",
    ] == said(stream)[3:]


def test_the_longer_a_run_the_fewer_its_lines():
    assert [5, 5, 30, 60] == [interval_s(elapsed) for elapsed in (0, 100, 600, 86_400)]


def test_fetching_is_told_with_its_rate_at_each_stage_and_at_times():
    stream, clock = io.StringIO(), Clock()

    with PlainDisplay(stream, clock) as shown:
        shown.planned(Path("runs/x"), {"m": 1}, {})
        shown.see(steps.WeightsStep("m", "waiting for another process", 0, 0))
        for second in range(13):
            clock.now_s = float(second)
            shown.see(steps.WeightsStep("m", "fetching Org/Name", second * 10**9, 16 * 10**9))

    assert [
        "m: waiting for another process",
        "m: fetching Org/Name: 0.0 of 16,000.0 MB, 0 %",
        "m: fetching Org/Name: 5,000.0 of 16,000.0 MB, 31 %, 1000 MB/s, ETA 0:11",
        "m: fetching Org/Name: 10,000.0 of 16,000.0 MB, 62 %, 1000 MB/s, ETA 0:06",
    ] == said(stream)[2:]


def test_each_stage_of_a_load_is_told_and_long_ones_at_times():
    stream, clock = io.StringIO(), Clock()

    with PlainDisplay(stream, clock) as shown:
        shown.planned(Path("runs/x"), {"m": 1}, {})
        for second in range(8):
            clock.now_s = float(second)
            shown.see(steps.LoadStep("m", "m", "weights", second, 8))
        shown.see(steps.LoadStep("m", "m", "engine", 0, 0))

    assert [
        "m: loading weights 0/8",
        "m: loading weights 5/8",
        "m: loading engine",
    ] == said(stream)[2:]


def test_each_worker_of_a_model_loads_under_its_own_name():
    stream, clock = io.StringIO(), Clock()

    with PlainDisplay(stream, clock) as shown:
        shown.planned(Path("runs/x"), {"m": 20}, {})
        for worker in ("m", "m#2"):
            shown.see(steps.ModelStarting("m", worker))
            shown.see(steps.LoadStep("m", worker, "weights", 1, 2))
        shown.see(steps.LoadStep("m", "m", "weights", 2, 2))
        for worker in ("m", "m#2"):
            shown.see(loaded("m", 2**30, worker))
        shown.see(steps.Answered("m", answer()))
        shown.see(steps.WorkerLeft("m", "m#2"))
        clock.now_s = 6.0
        shown.see(steps.Answered("m", answer()))

    assert [
        "m: loading",
        "m: loading weights 1/2",
        "m#2: loading",
        "m#2: loading weights 1/2",
        "m: loaded in 1.0 s",
        "m#2: loaded in 1.0 s",
        "m: 1/20, 2 workers, VRAM 2.0 GiB",
        "m: 2/20, 0.3/s, ETA 0:54, VRAM 1.0 GiB",
        "total: 2/20, 0:06 elapsed",
    ] == said(stream)[2:]


def test_before_the_run_is_planned_lines_tell_of_its_data():
    stream = io.StringIO()

    with PlainDisplay(stream) as shown:
        shown.see_data(DataStep("rendering docs", 1, 9, "pages"))
        shown.see_data(DataStep("fetching \x1b[2Ja.tsv", 0, 5_000_000))

    assert ["fetching \\u001b[2Ja.tsv: 0.0 of 5.0 MB, 0 %"] == said(stream)


def test_a_stream_that_breaks_is_left_alone():
    class Broken(io.StringIO):
        writes = 0

        def write(self, _text: str) -> int:
            Broken.writes += 1
            raise BrokenPipeError

    tell(PlainDisplay(Broken()))

    assert 1 == Broken.writes
