"""The runs in a folder, each in a few words: also those that are damaged."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from vlmhb.domain.model import IMPORTED
from vlmhb.domain.shard import Shard
from vlmhb.errors import UsageError
from vlmhb.store.journal_lines import Line, walk
from vlmhb.store.manifest import RunManifest, read_manifest
from vlmhb.store.run_dir import RunDir
from vlmhb.system.alive import still_runs
from vlmhb.system.files import PARTIAL
from vlmhb.system.host import host_name

_FAILED = b',"reason":'
"""Only failures have this key; in a text its quotes would have backslashes before them."""


class RunStatus(str, Enum):
    """How far a run got."""

    RUNNING = "running"
    """On this machine."""
    UNFINISHED = "unfinished"
    """The same command goes on with it; or another machine is at it."""
    DONE = "done"
    IMPORTED = "imported"
    """Its answers were made elsewhere."""
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run folder."""

    folder: Path
    status: RunStatus
    started_at: str = ""
    """Its first start; empty when that is not told."""
    tasks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    answered: int = 0
    """Requests with an answer; several samples may share one."""
    failed: int = 0
    problem: str = ""
    """What is damaged."""
    shard: Shard | None = None
    """Which part of the samples it asks about; None for all of them."""


def list_runs(runs: Path) -> tuple[ListedRun, ...]:
    """The runs in the folder `runs`, the newest first; none where there is no such folder."""
    found = (_listed(RunDir(folder)) for folder in _run_folders(runs))
    return tuple(sorted(found, key=lambda run: (_age_key(run), run.folder.name), reverse=True))


def _run_folders(runs: Path) -> Iterator[Path]:
    try:
        for folder in runs.iterdir():
            if folder.name.endswith(PARTIAL):
                continue  # being merged, or left of that
            if any((folder / name).is_file() for name in ("run.json", "answers.jsonl")):
                yield folder
    except OSError:
        return


def _age_key(run: ListedRun) -> str:
    """Digits of its first start, which the names of run folders begin with, too."""
    return run.started_at.replace("-", "").replace(":", "") or run.folder.name


def _listed(run_dir: RunDir) -> ListedRun:
    try:
        manifest = read_manifest(run_dir.manifest)
    except UsageError as error:
        return ListedRun(run_dir.path, RunStatus.DAMAGED, problem=f"run.json: {error.got}")
    try:
        answered, failed = _counts(run_dir.journal)
        status, problem = _status(run_dir, manifest), ""
    except (OSError, ValueError) as error:
        answered = failed = 0
        status, problem = RunStatus.DAMAGED, f"{run_dir.journal.name}: {_said(error)}"
    return ListedRun(
        run_dir.path,
        status,
        manifest.segments[0].started_at if manifest.segments else "",
        tuple(manifest.datasets),
        tuple(model.name for model in manifest.models),
        answered,
        failed,
        problem,
        manifest.shard.shard if manifest.shard else None,
    )


def _said(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _counts(journal: Path) -> tuple[int, int]:
    """Answers and failures in the journal, told apart without reading what they say.

    Raises:
        ValueError: a line before the last is damaged.
    """
    counted: Counter[bool] = Counter()

    def see(line: Line) -> None:
        if line.number > 1:
            counted[_FAILED in line.text] += 1

    with journal.open("rb") as file:
        walked = walk(file, see)
    damaged = walked.damaged if walked.valid_bytes or not walked.torn else 1
    if damaged is not None:
        raise ValueError(f"line {damaged} is damaged")
    return counted[False], counted[True]


def _status(run_dir: RunDir, manifest: RunManifest) -> RunStatus:
    if manifest.source == IMPORTED:
        return RunStatus.IMPORTED
    last = manifest.segments[-1] if manifest.segments else None
    if last is not None and last.finished_at is None and not manifest.parts:
        is_here = last.host == host_name() and still_runs(last.pid, last.started_at)
        return RunStatus.RUNNING if is_here else RunStatus.UNFINISHED
    return (
        RunStatus.DONE if _waiting(run_dir.derived / "results.json") == 0 else RunStatus.UNFINISHED
    )


def _waiting(results: Path) -> int | None:
    """How many samples its results say are not answered; None without results."""
    try:
        counts = json.loads(results.read_bytes())["counts"]
        return int(counts["not_answered"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
