"""A run that is to be merged with others."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.errors import UsageError
from vlmhb.store import RecordedRun, RunDir, find_run, read_run, what_changed


@dataclass(frozen=True, slots=True)
class Part:
    """What one folder holds."""

    name: str
    """As `MergedPart.folder`."""
    recorded: RecordedRun
    run_dir: RunDir
    modified: str = ""
    """As `MergedPart.modified`."""

    @classmethod
    def read(cls, name: str, folder: Path) -> "Part":
        """The run in `folder`.

        Raises:
            UsageError: it cannot be read.
        """
        run_dir = RunDir(folder)
        recorded = read_run(find_run(folder))
        return cls(
            name, recorded, run_dir, what_changed(run_dir.journal, recorded.manifest.journal)
        )


def read_parts(folders: Sequence[Path]) -> tuple[Part, ...]:
    """The runs in these folders.

    Raises:
        UsageError: there is only one and it is no shard, one is named twice, or one cannot be read.
    """
    paths = [real_path(folder) for folder in folders]
    if twice := next((path for path in paths if paths.count(path) > 1), None):
        raise UsageError(
            "cannot merge a run with itself",
            f"{twice} is named twice",
            expected="every run once",
            next_step="leave one of the two out",
        )
    parts = tuple(
        Part.read(name, folder) for name, folder in zip(folder_names(paths), folders, strict=True)
    )
    # Of shards, it is told which ones are missing.
    if len(parts) < 2 and all(part.recorded.manifest.shard is None for part in parts):
        raise UsageError(
            "cannot merge one run",
            "only one folder is named",
            expected="two or more",
            next_step="vlmhb merge RUN RUN... --out DIR",
        )
    return parts


def real_path(path: Path) -> Path:
    """Where it leads, also when that is nowhere: `Path.resolve` ends in an error for a circle."""
    return Path(os.path.realpath(path))


def folder_names(paths: Sequence[Path]) -> tuple[str, ...]:
    """The last folders of each path: as few as tell all of them apart."""
    for depth in range(1, max(len(path.parts) for path in paths)):
        names = tuple("/".join(path.parts[-depth:]) for path in paths)
        if len(set(names)) == len(names):
            return tuple(map(_encodable, names))
    return tuple(_encodable(str(path)) for path in paths)


def _encodable(name: str) -> str:
    """What run.json can hold: names of folders need not be UTF-8."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
