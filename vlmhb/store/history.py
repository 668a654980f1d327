"""What models took in the runs that are here: from run.json and the telemetry beside it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.domain.model import ModelSpec
from vlmhb.domain.past import Past
from vlmhb.domain.telemetry import WorkerTelemetry
from vlmhb.errors import UsageError
from vlmhb.store.manifest import RunManifest, Segment, WorkerStart, read_manifest
from vlmhb.store.run_dir import RunDir
from vlmhb.store.telemetry import read_telemetry

MOST_RUNS = 50
"""So many are looked at, the newest first."""

_STAMP = re.compile(r"\d{8}T\d{6}Z")


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides how fast a model is here."""

    gpus: tuple[str, ...]
    """Names of those that models may use."""
    cpu: str


def past_of(runs: Path, models: Sequence[ModelSpec], machine: Machine) -> dict[str, Past]:
    """By name, what each model took in the newest run that tells, on the same kind of machine.

    Only a model with the same backend, env, settings and weights is the same.
    """
    found: dict[str, Past] = {}
    for folder in _newest(runs):
        left = [model for model in models if model.name not in found]
        if not left:
            break
        found |= _told_by(RunDir(folder), left, machine)
    return found


def _newest(runs: Path) -> Iterator[Path]:
    try:
        folders = [folder for folder in runs.iterdir() if (folder / "run.json").is_file()]
    except OSError:
        return
    yield from sorted(folders, key=_age_key, reverse=True)[:MOST_RUNS]


def _age_key(folder: Path) -> tuple[bool, str]:
    """Folders that `vlmhb run` named come first: their names begin with the time."""
    return bool(_STAMP.match(folder.name)), folder.name


def _told_by(run_dir: RunDir, models: Sequence[ModelSpec], machine: Machine) -> dict[str, Past]:
    try:
        manifest = read_manifest(run_dir.manifest)
    except UsageError:
        return {}  # `vlmhb list runs` says that it is damaged
    workers = read_telemetry(run_dir.telemetry)
    found = {}
    for model in models:
        before = next((one for one in manifest.models if one.name == model.name), None)
        if before is None or not _is_same(model, before):
            continue
        own = [one for one in workers if one.model == model.name and one.totals.n_answers]
        here = [one for one in own if _is_such(_segment(manifest, one), one, machine)]
        if here:
            found[model.name] = _past(run_dir.path.name, manifest, here)
    return found


def _is_same(model: ModelSpec, before: ModelSpec) -> bool:
    return (model.backend, model.env, dict(model.params), model.weights) == (
        before.backend,
        before.env,
        dict(before.params),
        before.weights,
    )


def _segment(manifest: RunManifest, worker: WorkerTelemetry) -> Segment | None:
    segments = manifest.segments
    return segments[worker.segment] if worker.segment < len(segments) else None


def _is_such(segment: Segment | None, worker: WorkerTelemetry, machine: Machine) -> bool:
    if segment is None:
        return False
    if worker.gpu:
        return set(segment.gpus) == set(machine.gpus)
    return segment.cpu == machine.cpu


def _past(run: str, manifest: RunManifest, workers: Sequence[WorkerTelemetry]) -> Past:
    last = workers[-1]
    segment = _segment(manifest, last)
    loads = [one.totals.load_s for one in workers if one.totals.load_s is not None]
    peaks = [one.totals.peak_vram_bytes for one in workers if one.totals.peak_vram_bytes]
    starts = _starts(manifest, last.model)
    requests = sum(one.totals.n_answers for one in workers)
    on_gpu = ", ".join(dict.fromkeys(segment.gpus)) if segment and last.gpu else ""
    return Past(
        run=run,
        machine=on_gpu or (segment.cpu if segment else ""),
        requests=requests,
        request_s=sum(one.totals.answering_s for one in workers) / requests,
        load_s=sum(loads) / len(loads) if loads else None,
        build_s=_build_s(manifest, starts),
        peak_vram_bytes=max(peaks, default=None),
        on_gpu=bool(last.gpu),
        window=starts[-1].window if starts else 1,
    )


def _starts(manifest: RunManifest, model: str) -> list[WorkerStart]:
    starts = (start for segment in manifest.segments for start in segment.workers)
    return [start for start in starts if start.model == model]


def _build_s(manifest: RunManifest, starts: Sequence[WorkerStart]) -> float | None:
    """What building their env took, whenever that was."""
    env = manifest.envs.get(starts[-1].env) if starts else None
    return env.build_s if env and env.build_s > 0 else None
