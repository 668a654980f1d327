"""What workers took of their machine over time: a line for each worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vlmhb.domain.telemetry import Reading, WorkerTelemetry
from vlmhb.report.charts.axis import axis_over
from vlmhb.report.charts.cost import GIB
from vlmhb.report.charts.downsample import Curve, curve_of
from vlmhb.report.charts.frame import (
    Frame,
    Spec,
    across,
    as_drawn,
    chart,
    full_name,
    layer,
    upwards,
)
from vlmhb.report.charts.palette import Look
from vlmhb.report.charts.picture import Sketch
from vlmhb.report.numbers import seconds

FRAME = Frame(width=392, height=150, left=58)
MAX_WORKERS = 24
"""More lines than that cannot be told apart; those of the longest lives are shown."""
MAX_POINTS = 120
MAX_POINTS_OF_ALL = 1200
"""What all lines of a chart have together: the page must stay small."""
MIN_READINGS = 5
"""Fewer make no course."""
MINUTES_FROM_S = 600


@dataclass(frozen=True, slots=True)
class Course:
    """A figure that changes while a worker lives."""

    key: str
    title: str
    unit: str
    of: Callable[[Reading], float | None]
    is_peak: bool = False
    """Whether many readings become their highest one, instead of their mean."""


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


COURSES = (
    Course(
        "vram",
        "VRAM in use on the card",
        "GiB",
        lambda r: _times(r.vram_bytes, 1 / GIB),
        is_peak=True,
    ),
    Course(
        "process_vram",
        "VRAM of the worker's processes",
        "GiB",
        lambda r: _times(r.process_vram_bytes, 1 / GIB),
        is_peak=True,
    ),
    Course("utilisation", "GPU utilisation", "%", lambda r: _times(r.utilisation, 100)),
    Course("power", "GPU power", "W", lambda r: r.power_w),
    Course(
        "rss",
        "Memory of the worker's processes",
        "GiB",
        lambda r: _times(r.rss_bytes, 1 / GIB),
        is_peak=True,
    ),
    Course("cpu", "CPU cores in use", "cores", lambda r: r.cpu_cores),
)


def shown_workers(telemetry: Sequence[WorkerTelemetry]) -> tuple[WorkerTelemetry, ...]:
    """Those that a line is drawn for, in their order."""
    living = [worker for worker in telemetry if len(worker.readings) >= MIN_READINGS]
    longest = sorted(living, key=lambda worker: -worker.totals.alive_s)[:MAX_WORKERS]
    return tuple(worker for worker in living if worker in longest)


def course_sketches(
    workers: Sequence[WorkerTelemetry], looks: Mapping[str, Look]
) -> dict[str, Sketch]:
    """By key of a course; those that nobody measured are left out."""
    sketches = {}
    most = min(MAX_POINTS, MAX_POINTS_OF_ALL // max(1, len(workers)))
    for course in COURSES:
        curves = [
            (worker, curve)
            for worker in workers
            if (
                curve := curve_of(worker.readings, course.of, is_peak=course.is_peak, most=most)
            ).runs
        ]
        if curves:
            sketches[course.key] = Sketch(
                f"{course.title}, {course.unit}", _spec(course, curves, looks)
            )
    return sketches


def _spec(
    course: Course, curves: Sequence[tuple[WorkerTelemetry, Curve]], looks: Mapping[str, Look]
) -> Spec:
    last_s = max(run[-1][0] for _, curve in curves for run in curve.runs)
    unit, factor = ("minutes", 1 / 60) if last_s >= MINUTES_FROM_S else ("seconds", 1.0)
    x = across(
        "at",
        axis_over((0.0, last_s * factor), from_zero=True),
        f"{unit} from the worker's start",
        FRAME,
    )
    figures = [figure for _, curve in curves for figure in curve.figures]
    y = upwards("figure", axis_over([0.0, *figures], from_zero=True, count=4), course.unit, FRAME)
    rows: list[Spec] = [
        {
            "at": at_s * factor,
            "figure": figure,
            "line": f"{number}-{part}",
            "colour": looks[worker.model].colour,
            "dash": list(looks[worker.model].dash),
            "text": _told(course, worker, curve),
        }
        for number, (worker, curve) in enumerate(curves)
        for part, run in enumerate(curve.runs)
        for at_s, figure in run
    ]
    detail: Spec = {"field": "line", "type": "nominal"}
    mark: Spec = {"type": "line", "interpolate": "linear"}
    return chart(
        FRAME,
        [
            layer(
                "lines",
                mark,
                rows,
                x=x,
                y=y,
                detail=detail,
                color=as_drawn("colour"),
                strokeDash=as_drawn("dash"),
            ),
            layer("hits", mark, rows, x=x, y=y, detail=detail, description={"field": "text"}),
        ],
    )


def _told(course: Course, worker: WorkerTelemetry, curve: Curve) -> str:
    figures = curve.figures
    # A point of the line may be the mean of several readings.
    told = (figure for one in worker.readings if (figure := course.of(one)) is not None)
    lines = [full_name(worker.model), f"{course.title}: at most {max(told):.3g} {course.unit}"]
    if not course.is_peak:
        lines.append(f"mean {sum(figures) / len(figures):.3g} {course.unit}")
    if worker.totals.load_s is not None:
        lines.append(f"loaded after {seconds(worker.totals.load_s)}")
    return "\n".join(lines)
