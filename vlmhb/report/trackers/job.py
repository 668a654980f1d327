"""What the process that speaks to a tracker is given, and what it says when it is done."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vlmhb.report.trackers.tracked import TrackedRun


@dataclass(frozen=True, slots=True)
class Job:
    """One export."""

    project: str
    folder: Path
    """Where a tracker that was told of no other place keeps its files."""
    replace: bool
    """Whether to put the runs in the place of earlier exports of the same ones."""
    files: tuple[Path, ...]
    """Documents that go with each run."""
    runs: tuple[TrackedRun, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a job."""

    present: tuple[str, ...] = ()
    """Models that the tracker has from an earlier export; where there is one, nothing was sent."""
    notes: tuple[str, ...] = ()


def write_job(path: Path, job: Job) -> None:
    """As JSON, for another process of this user."""
    told = asdict(job) | {"folder": str(job.folder), "files": [str(file) for file in job.files]}
    path.write_text(json.dumps(told), encoding="utf-8")


def read_job(path: Path) -> Job:
    """What `write_job` wrote."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Job(
        project=told["project"],
        folder=Path(told["folder"]),
        replace=told["replace"],
        files=tuple(Path(file) for file in told["files"]),
        runs=tuple(TrackedRun(**run) for run in told["runs"]),
    )


def write_done(path: Path, done: Done) -> None:
    """As JSON, beside the job."""
    path.write_text(json.dumps(asdict(done)), encoding="utf-8")


def read_done(path: Path) -> Done:
    """What `write_done` wrote.

    Raises:
        OSError: the process did not come that far.
    """
    told: Mapping[str, Sequence[str]] = json.loads(path.read_text(encoding="utf-8"))
    return Done(tuple(told["present"]), tuple(told["notes"]))


def milliseconds(time: str) -> int | None:
    """Since 1970, of a time in ISO 8601; None for a text that is none."""
    try:
        return int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None
