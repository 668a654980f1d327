"""telemetry.jsonl: what each worker took of the machine, a line for every now and then.

Each line stands for itself: a worker with its totals so far, and one reading. Lines of a worker
become rarer as it lives, so that the file grows with the logarithm of time, and a host that is
killed loses the last of them. Every start of the run begins with a header, so that what stands
before it spoils nothing. The file explains a run and is needed by none: a line that cannot be read
is passed over, and a file system that refuses ends the figures, not the run.
"""

import contextlib
import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from vlmhb.domain.digest import canonical_json
from vlmhb.domain.telemetry import Reading, WorkerTelemetry, highest, merged, thinned
from vlmhb.store.manifest import RunManifest, WorkerStart
from vlmhb.store.run_dir import way_out
from vlmhb.system.files import write_atomic

HEADER: Final[dict[str, str | int]] = {"format": "vlmhb-telemetry", "version": 1}
FIRST_STEP_S: Final = 1.0
"""What the first lines of a worker cover, unless it is looked at less often."""
LINES_PER_STEP: Final = 300
"""After so many lines of a worker, each covers twice the time."""
FULL_BYTES: Final = 32 << 20
"""A file of this size takes no readings any more, only each worker's last line."""
READINGS: Final = 500
"""So many of a worker are given at most."""
LARGEST_INT: Final = 1 << 63
"""What is counted in bytes, pages or starts is less."""

WORKER: TypeAdapter[WorkerTelemetry] = TypeAdapter(WorkerTelemetry)
_Key = tuple[int, str, int]


@dataclass(slots=True)
class _Thinning:
    """One worker's readings on their way into the file."""

    step_s: float = 0.0
    """So much the next line must cover: the first one is written at once."""
    lines: int = 0
    waiting: list[Reading] = field(default_factory=list)

    def take(self, readings: tuple[Reading, ...], *, is_last: bool) -> tuple[Reading, ...] | None:
        """What to write now, with what waited for it; None when that is nothing."""
        self.waiting.extend(readings)
        if not is_last and sum(one.over_s for one in self.waiting) < self.step_s:
            return None
        whole = (merged(self.waiting),) if self.waiting else ()
        self.waiting.clear()
        self.lines += 1
        # A little less, so that readings about a step apart are not taken in twos.
        self.step_s = 0.9 * FIRST_STEP_S * 2.0 ** (self.lines // LINES_PER_STEP)
        return whole


class TelemetryWriter:
    """Appends workers' figures. For one thread."""

    def __init__(self, path: Path, full_bytes: int = FULL_BYTES) -> None:
        self._path = path
        self._full_bytes = full_bytes
        self._fd = -1
        self._is_broken = False
        self._workers: dict[_Key, _Thinning] = {}
        self._over: set[_Key] = set()

    def keep(self, worker: WorkerTelemetry, *, is_last: bool) -> None:
        """Write it down, or keep its reading for the next line."""
        key = (worker.segment, worker.model, worker.start)
        if key in self._over:
            return  # seen before its end, and told after it
        found = self._workers.setdefault(key, _Thinning()).take(worker.readings, is_last=is_last)
        if is_last:
            self._over.add(key)
            del self._workers[key]
        if found is not None:
            self._write(replace(worker, readings=found), is_last=is_last)

    def close(self) -> None:
        """Nothing more comes."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):  # how a network's file system tells that it is full
                os.close(self._fd)
            self._fd = -1

    def _write(self, worker: WorkerTelemetry, *, is_last: bool) -> None:
        if self._is_broken:
            return
        try:
            if self._fd < 0:
                self._open()
            if os.fstat(self._fd).st_size >= self._full_bytes:
                if not is_last:
                    return
                worker = replace(worker, readings=())
            self._append(_short(WORKER.dump_python(worker, mode="json", exclude_defaults=True)))
        except (OSError, ValueError):
            self._is_broken = True  # what it costs is these figures

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._fd = os.open(self._path, flags, 0o644)
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            os.write(self._fd, b"\n")  # ends a line that a crash has torn
        self._append(HEADER)

    def _append(self, record: Any) -> None:
        os.write(self._fd, canonical_json(record).encode("ascii") + b"\n")


def write_telemetry(path: Path, workers: Iterable[WorkerTelemetry]) -> None:
    """Write all there is of each worker in a line of its own, as far as figures go without loss.

    Raises:
        StorageError: the file system refused.
    """
    dumped = (WORKER.dump_python(one, mode="json", exclude_defaults=True) for one in workers)
    lines = [canonical_json(record) for record in (HEADER, *map(_short, dumped))]
    content = "".join(f"{line}\n" for line in lines).encode("ascii")
    write_atomic(path, content, instead=way_out(path.parent))


def read_telemetry(path: Path) -> tuple[WorkerTelemetry, ...]:
    """Every worker of the run, by start of the run, then as they were started; none without a file.

    Of a worker that lived long, a reading stands for several lines.
    """
    lives: dict[_Key, list[WorkerTelemetry]] = {}
    for line in _lines(path):
        lives.setdefault((line.segment, line.model, line.start), []).append(line)
    return tuple(map(_life, lives.values()))


def with_peaks(
    workers: tuple[WorkerTelemetry, ...], manifest: RunManifest
) -> tuple[WorkerTelemetry, ...]:
    """The same with the peaks of their GPUs that run.json has: those were looked for more often."""
    found = []
    loaded: Counter[tuple[str, int, str]] = Counter()
    for worker in workers:
        peak = None
        if worker.totals.load_s is not None and worker.gpu:
            # Workers on other GPUs may have loaded before those that were started before them.
            key = (worker.model, worker.segment, worker.gpu)
            starts = [one for one in manifest.starts(*key[:2]) if _first_gpu(one) == worker.gpu]
            here = starts[loaded[key] : loaded[key] + 1]
            loaded[key] += 1
            peak = highest(one.gpu.peak_bytes for one in here if one.gpu and not one.more_gpus)
        peak = highest((worker.totals.peak_vram_bytes, peak))
        found.append(replace(worker, totals=replace(worker.totals, peak_vram_bytes=peak)))
    return tuple(found)


def _first_gpu(start: WorkerStart) -> str:
    return "" if start.gpu is None else start.gpu.uuid


def _short(value: Any) -> Any:
    """The same with seven digits of each number, which is more than anybody measures."""
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _lines(path: Path) -> Iterator[WorkerTelemetry]:
    is_known = False
    for line in _content(path).split(b"\n"):
        try:
            record = json.loads(line, parse_float=_finite, parse_int=_counted, parse_constant=_none)
            if isinstance(record, dict) and "format" in record:
                is_known = record == HEADER  # else what follows is of another version
            elif is_known:
                yield WORKER.validate_json(line, strict=True)
        except (ValueError, RecursionError):
            continue  # torn by a crash, or no line of ours


def _content(path: Path) -> bytes:
    """What the writer can have left there; nothing of what is no file, which may have no end."""
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(2 * FULL_BYTES)
    except OSError:
        return b""


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits)
    return value


def _counted(digits: str) -> int:
    value = int(digits)
    if abs(value) >= LARGEST_INT:
        raise ValueError(digits)
    return value


def _none(name: str) -> None:
    raise ValueError(name)


def _life(lines: list[WorkerTelemetry]) -> WorkerTelemetry:
    last = max(lines, key=lambda line: line.totals.alive_s)
    readings = [reading for line in lines for reading in line.readings]
    readings.sort(key=lambda reading: reading.at_s)
    return replace(last, readings=thinned(readings, READINGS))
