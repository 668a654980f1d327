"""What is said of runs whose journal is not the one that they left."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vlmhb.cli.terminal import say
from vlmhb.errors import UsageError

if TYPE_CHECKING:
    from vlmhb.domain.digest import Json


def warned_of(*folders: Path) -> "Sequence[Json]":
    """What is told about these runs, on stderr; nothing where all is as they left it."""
    told = [f"{folder}: {what}" for folder, what in _changes(dict.fromkeys(folders)) if what]
    for line in told:
        say(f"WARNING: {line}", err=True)
    return told


def _changes(folders: Iterable[Path]) -> Iterable[tuple[Path, str]]:
    from vlmhb.store import RunDir, read_manifest, what_changed

    for folder in folders:
        run_dir = RunDir(folder)
        if not run_dir.journal.is_file():  # a pipe may have no end
            continue
        try:
            mark = read_manifest(run_dir.manifest).journal
        except UsageError:  # who needs it says so
            continue
        yield folder, what_changed(run_dir.journal, mark)
