"""The starts of several runs as those of one, and what their workers took."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.merging.part import Part
from vlmhb.store import Segment


@dataclass(frozen=True, slots=True)
class Starts:
    """All starts, each once."""

    segments: tuple[Segment, ...]
    places: tuple[tuple[int, ...], ...]
    """By part: where each of its starts is among all."""


def moved(segment: int | None, places: Sequence[int]) -> int | None:
    """Where a part's start is among all; None for one that its run.json does not tell of."""
    return places[segment] if segment is not None and 0 <= segment < len(places) else None


def united_starts(parts: Sequence[Part]) -> Starts:
    """In the order of the parts. One that several parts tell of, being copies, is there once."""
    segments: list[Segment] = []
    begun: dict[tuple[str, str, int], list[int]] = {}
    places = []
    for part in parts:
        own = []
        for segment in part.recorded.manifest.segments:
            alike = begun.setdefault((segment.started_at, segment.host, segment.pid), [])
            place = next((one for one in alike if _is_same(segments[one], segment)), len(segments))
            if place == len(segments):
                segments.append(segment)
                alike.append(place)
            else:
                segments[place] = max(segments[place], segment, key=_progress)
            own.append(place)
        places.append(tuple(own))
    return Starts(tuple(segments), tuple(places))


def _is_same(one: Segment, other: Segment) -> bool:
    """Whether they are one start, one of them perhaps copied before it ended."""
    n_workers = min(len(one.workers), len(other.workers))
    begun = [
        replace(each, finished_at=None, answers=0, envs_ready_s=0.0, weights_changed={}, workers=())
        for each in (one, other)
    ]
    return begun[0] == begun[1] and [
        (start.model, start.env, start.load_s) for start in one.workers[:n_workers]
    ] == [(start.model, start.env, start.load_s) for start in other.workers[:n_workers]]


def _progress(segment: Segment) -> tuple[bool, int, int]:
    return segment.finished_at is not None, len(segment.workers), segment.answers


def united_telemetry(parts: Sequence[Part], starts: Starts) -> tuple[WorkerTelemetry, ...]:
    """Of every worker, by start; of one that several parts tell of, its longest life."""
    found: dict[tuple[int, str, int], WorkerTelemetry] = {}
    for number, part in enumerate(parts):
        for worker in part.recorded.telemetry:
            segment = moved(worker.segment, starts.places[number])
            if segment is None:
                continue
            key = (segment, worker.model, worker.start)
            known = found.get(key)
            if known is None or known.totals.alive_s < worker.totals.alive_s:
                found[key] = replace(worker, segment=segment)
    return tuple(sorted(found.values(), key=lambda worker: worker.segment))
