"""Files that are written once: what is there stays, unless it may be replaced."""

from collections.abc import Mapping
from pathlib import Path

from vlmhb.errors import UsageError
from vlmhb.system.files import storage_error, write_atomic


def write_new(files: Mapping[Path, bytes], *, replace: bool) -> None:
    """Write the files and the folders they are in; none when any is there and not to `replace`.

    Raises:
        UsageError: files are there already.
        StorageError: the file system refused.
    """
    there = [path for path in files if path.exists() or path.is_symlink()]
    if there and not replace:
        raise UsageError(
            "cannot write new files",
            f"{', '.join(map(str, there))} {'is' if len(there) == 1 else 'are'} there already",
            next_step="choose another --name, or replace what is there with --force",
        )
    for path, content in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(
                f"cannot make the folder {path.parent}", error, instead="choose another folder"
            ) from error
        write_atomic(path, content)
