"""Files of an export, written all or not at all."""

from collections.abc import Mapping
from pathlib import Path

from vlmhb.errors import UsageError
from vlmhb.system.files import OTHER_OUT, storage_error, write_atomic

_MOST_NAMED = 6


def place(contents: Mapping[str, bytes], out: Path, *, replace: bool) -> tuple[Path, ...]:
    """The files written: `contents` by their paths below `out`.

    Where one would take the place of another file, none is; `replace` allows that.

    Raises:
        UsageError: other files are in the way.
        StorageError: the folder cannot be written.
    """
    files = {out / name: content for name, content in contents.items()}
    if not replace:
        _refuse_to_replace(files, out)
    for folder in dict.fromkeys((out, *(path.parent for path in files))):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage_error(
                f"cannot make the folder {folder}", error, instead=OTHER_OUT
            ) from error
    for path, content in files.items():
        write_atomic(path, content, instead=OTHER_OUT)
    return tuple(files)


def _refuse_to_replace(files: Mapping[Path, bytes], out: Path) -> None:
    """Two runs of one model have files of one name: the second must not take the first's place."""
    others = [
        str(path.relative_to(out)) for path, content in files.items() if _is_another(path, content)
    ]
    if others:
        named = ", ".join(others[:_MOST_NAMED])
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        raise UsageError(
            f"cannot export into {out}",
            f"nothing was written, as these files hold something else: {named}{more}",
            expected="none of them, or this run's own",
            next_step="name another folder with --out, or replace them with --replace",
        )


def _is_another(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() != content
    except FileNotFoundError:
        return False
    except OSError:
        return True
