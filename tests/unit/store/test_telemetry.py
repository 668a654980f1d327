"""telemetry.jsonl grows slowly, survives crashes, and says nothing where nothing was measured."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build import segment
from tests.unit.store.runs import MANIFEST
from vlmhb.domain.gpu_figures import GpuFigures
from vlmhb.domain.telemetry import Reading, WorkerTelemetry, WorkerTotals
from vlmhb.store import RunManifest, TelemetryWriter, WorkerStart, read_telemetry
from vlmhb.store.telemetry import LINES_PER_STEP, READINGS, with_peaks

FULL = WorkerTotals(
    alive_s=9.5,
    load_s=1.0,
    answering_s=7.25,
    n_answers=3,
    n_pages=4,
    cpu_s=12.5,
    peak_rss_bytes=5,
    peak_vram_bytes=6,
    peak_process_vram_bytes=7,
    mean_utilisation=0.5,
    mean_power_w=250.5,
    energy_wh=1.5,
    answering_energy_wh=1.25,
    energy_source="counter",
    max_temperature_c=61,
    throttling=(),
    gpu_problem="GPU is lost",
)


def worker(
    at_s: float = 9.5, model: str = "m", segment: int = 0, start: int = 0
) -> WorkerTelemetry:
    return WorkerTelemetry(
        model=model,
        segment=segment,
        start=start,
        totals=WorkerTotals(alive_s=at_s),
        readings=(Reading(at_s, 1.0, rss_bytes=int(at_s)),),
    )


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "telemetry.jsonl"


def test_what_is_written_is_read_again(path: Path):
    reading = Reading(9.5, 1.5, 1, 2, 0.5, 200.5, 60, ("power_cap",), 1.25, 3)
    known = WorkerTelemetry("m", 2, 1, "GPU-a", 30.5, 0.25, FULL, (reading,))
    bare = WorkerTelemetry("n", 2, 0, readings=(Reading(0.5, 0.5),))
    writer = TelemetryWriter(path)
    writer.keep(known, is_last=True)
    writer.keep(bare, is_last=True)
    writer.close()

    assert (known, bare) == read_telemetry(path)


def test_a_run_that_was_not_measured_has_no_workers(path: Path):
    assert () == read_telemetry(path)


def test_what_is_no_file_has_no_workers(path: Path):
    """Run folders come from other people: reading a pipe or a device would not end."""
    os.mkfifo(path)
    (path.parent / "folder").mkdir()

    assert ((), ()) == (read_telemetry(path), read_telemetry(path.parent / "folder"))


def test_a_worker_is_in_the_file_from_its_first_reading_on(path: Path):
    """What a host that is killed leaves behind."""
    writer = TelemetryWriter(path)
    writer.keep(worker(0.01), is_last=False)

    assert [0.01] == [one.totals.alive_s for one in read_telemetry(path)]
    writer.close()


def test_the_longer_a_worker_lives_the_rarer_are_its_lines(path: Path):
    writer = TelemetryWriter(path)
    for second in range(1, 7 * LINES_PER_STEP + 1):
        writer.keep(worker(float(second)), is_last=False)
    writer.keep(worker(99_999.0), is_last=True)
    writer.close()

    assert len(lines(path)) == 1 + 3 * LINES_PER_STEP + 1
    (known,) = read_telemetry(path)
    assert 99_999.0 == known.totals.alive_s
    assert len(known.readings) <= READINGS
    assert 7 * LINES_PER_STEP + 1 == sum(one.over_s for one in known.readings)


def test_a_full_file_takes_the_ends_of_workers_alone(path: Path):
    writer = TelemetryWriter(path, full_bytes=1)
    for second in range(1, 50):
        writer.keep(worker(float(second)), is_last=False)
    writer.keep(worker(50.0), is_last=True)
    writer.close()

    (known,) = read_telemetry(path)
    assert (50.0, ()) == (known.totals.alive_s, known.readings)
    assert len(lines(path)) == 2


@pytest.mark.parametrize("kept", [1, 10, 100])
def test_a_torn_line_costs_itself_alone_and_a_new_start_appends(path: Path, kept: int):
    writer = TelemetryWriter(path)
    writer.keep(worker(1.0), is_last=False)
    writer.keep(worker(2.0), is_last=True)
    writer.close()
    whole = path.read_bytes()
    last = len(lines(path)[-1])
    path.write_bytes(whole[: len(whole) - last - 1 + kept])

    torn = read_telemetry(path)
    again = TelemetryWriter(path)
    again.keep(worker(5.0, segment=1), is_last=True)
    again.close()

    assert [1.0] == [one.totals.alive_s for one in torn]
    assert [(0, 1.0), (1, 5.0)] == [
        (one.segment, one.totals.alive_s) for one in read_telemetry(path)
    ]


def line_with(**of_reading: str) -> bytes:
    """A line about the worker, one figure of its reading written so."""
    figures = {"at_s": "1.0", "over_s": "1.0"} | of_reading
    reading = ",".join(f'"{name}":{figure}' for name, figure in figures.items())
    return b'{"model":"m","segment":0,"start":9,"readings":[{%s}]}' % reading.encode("ascii")


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"null",
        b'{"model": 1}',
        b"\xff\xfe",
        b"",
        b'{"model":"m"',
        b"7",
        b"[" * 100_000,
        line_with(at_s="NaN"),
        line_with(at_s="Infinity"),
        line_with(at_s="1e999"),
        line_with(at_s='"nan"'),
        line_with(rss_bytes="9" * 400),
    ],
    ids=lambda line: str(line[-60:]),
)
def test_a_line_that_is_something_else_is_passed_over(path: Path, line: bytes):
    writer = TelemetryWriter(path)
    writer.keep(worker(1.0), is_last=True)
    writer.close()
    path.write_bytes(path.read_bytes() + line + b"\n" + line_with(rss_bytes="5"))

    assert [(0, 1), (9, 1)] == [(one.start, len(one.readings)) for one in read_telemetry(path)]


def test_a_file_of_another_version_is_not_guessed_at(path: Path):
    writer = TelemetryWriter(path)
    writer.keep(worker(), is_last=True)
    writer.close()
    header, *others = lines(path)
    path.write_bytes(b"\n".join([header.replace(b":1", b":2"), *others]))

    assert () == read_telemetry(path)


@pytest.mark.parametrize("spoilt", [b'{"format":"vlmhb-tele', b"\0" * 50 + b"\n", b"[]\n{}\n"])
def test_what_stood_in_the_file_before_costs_a_start_nothing(path: Path, spoilt: bytes):
    """A disk that was full leaves half a header behind."""
    path.write_bytes(spoilt)
    writer = TelemetryWriter(path)
    writer.keep(worker(segment=1), is_last=True)
    writer.close()

    assert (worker(segment=1),) == read_telemetry(path)


def test_an_end_that_the_file_system_refuses_costs_nothing(path: Path):
    writer = TelemetryWriter(path)
    writer.keep(worker(), is_last=True)
    for link in Path("/proc/self/fd").iterdir():
        if link.is_symlink() and path == link.readlink():
            os.close(int(link.name))
            break

    writer.close()

    assert (worker(),) == read_telemetry(path)


def test_what_is_told_after_a_workers_end_does_not_count(path: Path):
    """Somebody may still look at a worker while its end is written."""
    writer = TelemetryWriter(path)
    writer.keep(worker(5.0), is_last=True)
    writer.keep(worker(4.0), is_last=False)
    writer.close()

    assert len(lines(path)) == 2


def test_a_file_system_that_refuses_costs_the_figures_alone(tmp_path: Path):
    writer = TelemetryWriter(tmp_path / "not there" / "telemetry.jsonl")
    writer.keep(worker(1.0), is_last=False)
    writer.keep(worker(2.0), is_last=True)
    writer.close()

    full = TelemetryWriter(Path("/dev/full"))
    full.keep(worker(1.0), is_last=False)
    full.close()


def test_a_number_that_is_none_costs_the_figures_alone(path: Path):
    writer = TelemetryWriter(path)
    writer.keep(replace(worker(), build_s=float("nan")), is_last=False)
    writer.close()

    assert () == read_telemetry(path)


def test_numbers_are_short(path: Path):
    writer = TelemetryWriter(path)
    writer.keep(replace(worker(), build_s=1 / 3), is_last=True)
    writer.close()

    assert 0.3333333 == json.loads(lines(path)[1])["build_s"]


def test_peaks_are_those_of_who_looked_more_often():
    loaded = WorkerTotals(load_s=1.0, peak_vram_bytes=50)
    failed, first, second = (
        WorkerTelemetry("m", 0, place, "GPU-a", totals=totals)
        for place, totals in enumerate((WorkerTotals(), loaded, loaded))
    )
    starts = (
        WorkerStart("m", "f", 1.0, 1, None, {}, GpuFigures("GPU-a", peak_bytes=70)),
        WorkerStart("m", "f", 1.0, 1, None, {}, GpuFigures("GPU-b", peak_bytes=90)),
    )
    manifest = manifest_with(starts)

    known = with_peaks((failed, first, second), manifest)

    assert [None, 70, 50] == [one.totals.peak_vram_bytes for one in known]


def measured(start: int, gpu: str, load_s: float | None = 1.0) -> WorkerTelemetry:
    totals = WorkerTotals(load_s=load_s, peak_vram_bytes=50)
    return WorkerTelemetry("m", 0, start, gpu, totals=totals)


def loaded_on(*gpus: str, peak_bytes: int | None) -> WorkerStart:
    first, *more = (GpuFigures(gpu, peak_bytes=peak_bytes) for gpu in gpus)
    return WorkerStart("m", "f", 1.0, 1, None, {}, first, tuple(more))


def test_of_two_workers_at_once_the_one_that_loaded_first_may_have_been_started_last():
    """run.json has them as they loaded, and telemetry.jsonl as they were started."""
    starts = (
        loaded_on("GPU-b", peak_bytes=90),
        loaded_on("GPU-a", peak_bytes=70),
        loaded_on("GPU-b", peak_bytes=95),
    )
    workers = (measured(0, "GPU-a"), measured(1, "GPU-b"), measured(2, "GPU-b"))

    known = with_peaks(workers, manifest_with(starts))

    assert [70, 90, 95] == [one.totals.peak_vram_bytes for one in known]


def test_a_start_that_never_loaded_takes_no_peak_from_its_successor():
    starts = (loaded_on("GPU-a", peak_bytes=70), loaded_on("GPU-b", peak_bytes=90))
    workers = (measured(0, "GPU-a"), measured(1, "GPU-b", load_s=None), measured(2, "GPU-b"))

    known = with_peaks(workers, manifest_with(starts))

    assert [70, 50, 90] == [one.totals.peak_vram_bytes for one in known]


def test_of_a_model_on_two_gpus_the_peak_is_what_both_held_at_once():
    """Each one's highest moment may be another one's lowest."""
    starts = (
        loaded_on("GPU-a", "GPU-b", peak_bytes=90),
        loaded_on("GPU-a", peak_bytes=70),
    )

    known = with_peaks((measured(0, "GPU-a"), measured(1, "GPU-a")), manifest_with(starts))

    assert [50, 70] == [one.totals.peak_vram_bytes for one in known]


def manifest_with(starts: tuple[WorkerStart, ...]) -> RunManifest:
    return replace(MANIFEST, segments=(segment(workers=starts),))
