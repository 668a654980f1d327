"""What earlier starts of a run tell of its models."""

from collections.abc import Mapping, Sequence

from vlmhb.domain.run import Request
from vlmhb.pipeline.preparation import Prepared
from vlmhb.schedule import EarlierStarts, Standing, Tally, standing_of, unreadable
from vlmhb.store import OpenRun, RunManifest, read_attempts


def standings_of(
    ready: Prepared, opened: OpenRun, left: Mapping[str, Sequence[Request]]
) -> dict[str, Standing]:
    """By model, before the start that asks for what is `left` is recorded."""
    troubles = read_attempts(opened.run_dir.attempts)
    return {
        model: standing_of(
            [request.id for request in requests],
            [trouble for trouble in troubles if trouble.model == model],
            _starts(opened.manifest, model),
            _tally(ready, opened, model),
        )
        for model, requests in left.items()
    }


def _starts(manifest: RunManifest, model: str) -> EarlierStarts:
    numbers = range(len(manifest.segments))
    return EarlierStarts(
        count=len(numbers),
        killed=tuple(n for n in numbers if manifest.segments[n].finished_at is None),
        windows={n: size for n in numbers if (size := _most_at_once(manifest, model, n))},
    )


def _most_at_once(manifest: RunManifest, model: str, segment: int) -> int:
    """How many requests its workers may have had at the end; 0 when it was never loaded.

    A worker of the same name is the successor of the one before.
    """
    last = {start.worker: start.window for start in manifest.starts(model, segment)}
    return sum(last.values())


def _tally(ready: Prepared, opened: OpenRun, model: str) -> Tally:
    ids = {request.id for request in ready.plan.requests[model] if unreadable(request) is None}
    ids -= set(opened.of_data)
    failed = len(ids.intersection(opened.failed))
    answered = len(ids.intersection(opened.answered)) - failed
    return Tally(len(ids), answered, failed, ready.config.max_errors)
