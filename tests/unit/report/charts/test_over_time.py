from dataclasses import replace
from typing import Any

from tests.unit.report.charts.models import worker
from vlmhb.domain.telemetry import Reading, WorkerTelemetry
from vlmhb.report.charts.over_time import course_sketches, shown_workers
from vlmhb.report.charts.palette import looks_of


def lines(course: str, *workers: WorkerTelemetry) -> list[dict[str, Any]]:
    sketches = course_sketches(workers, looks_of([each.model for each in workers]))
    spec: Any = sketches[course].spec
    (layer,) = (layer for layer in spec["layer"] if layer["name"] == "lines")
    return list(layer["data"]["values"])


def test_a_line_is_a_worker_in_the_colour_of_its_model():
    first, again, other = worker("reader-vl-3b"), worker("reader-vl-3b"), worker("chatty-vl-7b")

    rows = lines("power", first, again, other)

    colours = {row["line"]: row["colour"] for row in rows}
    assert 3 == len(colours)
    assert colours["0-0"] == colours["1-0"] != colours["2-0"]


def test_what_only_some_workers_have_has_lines_of_those():
    rows = lines("vram", worker("tesseract-psm4"), worker("reader-vl-3b"))

    assert {"0-0"} == {row["line"] for row in rows}
    assert {8.0} == {row["figure"] for row in rows}


def test_long_lives_are_told_in_minutes():
    day = tuple(Reading(3600.0 * hour, 3600.0, cpu_cores=1.0) for hour in range(1, 25))

    assert 60.0 * 24 == lines("cpu", replace(worker("a"), readings=day))[-1]["at"]
    assert 110.0 == lines("cpu", worker("a"))[-1]["at"]


def test_a_line_says_what_it_came_to():
    text = lines("utilisation", worker("reader-vl-3b"))[0]["text"]

    assert [
        "reader-vl-3b",
        "GPU utilisation: at most 80 %",
        "mean 80 %",
        "loaded after 10.00 s",
    ] == text.split("\n")


def test_the_highest_of_a_line_is_that_of_its_readings():
    """A point stands for several of them, as their mean."""
    life = tuple(
        Reading(float(at_s), 1.0, power_w=300.0 if at_s == 77 else 100.0) for at_s in range(1, 500)
    )

    rows = lines("power", replace(worker("a"), readings=life))

    assert "GPU power: at most 300 W" in rows[0]["text"]
    assert 300.0 > max(row["figure"] for row in rows)


def test_the_longest_lives_are_shown_in_their_order():
    lives = [worker(str(number), alive_s=float(number)) for number in range(30)]

    assert [str(number) for number in range(6, 30)] == [each.model for each in shown_workers(lives)]
