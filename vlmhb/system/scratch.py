"""Scratch folders: gone with their user, and after a kill when the next one is made."""

import shutil
import tempfile
from pathlib import Path

from vlmhb.system.owner import is_dead, own_name

_PREFIX = "vlmhb-"


def scratch_folder(what: str) -> "tempfile.TemporaryDirectory[str]":
    """A new folder below TMPDIR for `what`, a word without a hyphen.

    Those of killed processes are deleted first, whatever they were for.

    Raises:
        OSError: none can be made.
    """
    sweep(Path(tempfile.gettempdir()))
    return tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{what}-{own_name()}-")


def sweep(folder: Path) -> None:
    """Delete the scratch folders in `folder` whose makers are dead."""
    for scratch in folder.glob(f"{_PREFIX}*-*-*"):
        _, _, owner, *_ = scratch.name.split("-")
        if is_dead(owner):
            shutil.rmtree(scratch, ignore_errors=True)
