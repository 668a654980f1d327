"""Where the time of each GPU went, and of each place for a worker without one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.report.numbers import percent


@dataclass(frozen=True, slots=True)
class Occupancy:
    """One place for a worker, in one start of the run. Seconds, which add up to `total_s`."""

    segment: int
    gpu: str | None
    """UUID; None for a place without a GPU."""
    workers: int
    """That were started there."""
    total_s: float
    """From the moment the run began to ask until the last worker of any place was gone."""
    answering_s: float
    """A worker owed answers."""
    loading_s: float
    """A worker loaded its model."""
    standby_s: float
    """A worker was there and did neither: it started, ended, or waited for questions."""
    before_s: float
    """No worker had been there yet: envs were built and weights fetched."""
    between_s: float
    """One was gone and the next one not there yet: memory came back, or nothing was ready."""
    after_s: float
    """The last one was gone, and other places went on."""

    @property
    def busy(self) -> float:
        """Share of the time in which answers were owed, in [0, 1]."""
        return self.answering_s / self.total_s if self.total_s else 0.0


def occupancies(workers: Iterable[WorkerTelemetry]) -> tuple[Occupancy, ...]:
    """By start of the run, GPUs in the order they were taken, then places without one.

    Nothing of starts whose workers were measured before there was a time of their beginning.
    """
    segments: dict[int, list[WorkerTelemetry]] = {}
    for worker in workers:
        segments.setdefault(worker.segment, []).append(worker)
    return tuple(
        one
        for segment, those in sorted(segments.items())
        if all(worker.began_s is not None for worker in those)
        for one in _of_segment(segment, those)
    )


def busy_share(places: Sequence[Occupancy]) -> float | None:
    """Of all GPUs of all starts; of the other places where no GPU was used. None without any."""
    counted = [one for one in places if one.gpu] or list(places)
    total_s = sum(one.total_s for one in counted)
    return sum(one.answering_s for one in counted) / total_s if total_s else None


def busy_words(places: Sequence[Occupancy]) -> str:
    """Where the time of the latest start went, in one line; empty where nobody knows."""
    latest = max((one.segment for one in places), default=0)
    there = [one for one in places if one.segment == latest]
    counted = [one for one in there if one.gpu] or there
    total_s = sum(one.total_s for one in counted)
    if not total_s:
        return ""
    parts = {
        "answering": sum(one.answering_s for one in counted),
        "loading": sum(one.loading_s for one in counted),
        "on standby": sum(one.standby_s for one in counted),
        "before the first worker": sum(one.before_s for one in counted),
        "between two": sum(one.between_s for one in counted),
        "after the last": sum(one.after_s for one in counted),
    }
    what = f"{len(counted)} {'GPU' if counted[0].gpu else 'worker'}{'s' * (len(counted) > 1)}"
    told = (f"{name} {percent(part_s / total_s)}" for name, part_s in parts.items())
    return f"time of {what}: {', '.join(told)}"


def _of_segment(segment: int, workers: Sequence[WorkerTelemetry]) -> list[Occupancy]:
    total_s = max(map(_end_s, workers))
    on_gpus: dict[str, list[WorkerTelemetry]] = {}
    others: list[list[WorkerTelemetry]] = []
    for worker in sorted(workers, key=_begin_s):
        if not worker.gpu:
            _put(others, worker)
        for gpu in (worker.gpu, *worker.more_gpus) if worker.gpu else ():
            on_gpus.setdefault(gpu, []).append(worker)
    places = [*on_gpus.items(), *((None, lives) for lives in others)]
    return [_place(segment, gpu, lives, total_s) for gpu, lives in places]


def _put(places: list[list[WorkerTelemetry]], worker: WorkerTelemetry) -> None:
    """The place whose last worker had gone is the one that it took."""
    for place in places:
        if _end_s(place[-1]) <= _begin_s(worker):
            place.append(worker)
            return
    places.append([worker])


def _place(
    segment: int, gpu: str | None, lives: Sequence[WorkerTelemetry], total_s: float
) -> Occupancy:
    totals = [worker.totals for worker in lives]
    alive_s = sum(one.alive_s for one in totals)
    answering_s = sum(one.answering_s for one in totals)
    loading_s = sum(one.load_s or 0.0 for one in totals)
    before_s, after_s = _begin_s(lives[0]), total_s - _end_s(lives[-1])
    return Occupancy(
        segment=segment,
        gpu=gpu,
        workers=len(lives),
        total_s=total_s,
        answering_s=answering_s,
        loading_s=loading_s,
        standby_s=max(0.0, alive_s - answering_s - loading_s),
        before_s=before_s,
        between_s=max(0.0, total_s - before_s - after_s - alive_s),
        after_s=after_s,
    )


def _begin_s(worker: WorkerTelemetry) -> float:
    return worker.began_s or 0.0


def _end_s(worker: WorkerTelemetry) -> float:
    return _begin_s(worker) + worker.totals.alive_s
