"""The folder of a dataset, which no path in it may leave."""

import os
import re
import stat
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from unicodedata import normalize

MAX_HINTS = 5
"""So many missing files are compared with what is there: in a folder of thousands it takes long."""
MAX_COMPARED = 10_000
"""Names of one folder that are looked at for that."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class PathProblem(Exception):  # noqa: N818 - it becomes one line of a DatasetError
    """Why a path written in a dataset cannot be used; the text says it for the user."""


class DatasetRoot:
    """Resolves the paths written in a dataset."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._hints_left = MAX_HINTS

    def file(self, written: str, below: str = "") -> tuple[Path, str]:
        """The regular file meant by `written`, and its path relative to the root.

        `below` is the folder in the root that `written` starts from. Symbolic links count as what
        they point to: a link to a file outside is refused.

        Raises:
            PathProblem: there is no such file, or it is outside.
        """
        real = self._found(written, below)
        try:
            mode = real.stat().st_mode
        except (FileNotFoundError, NotADirectoryError) as error:
            raise PathProblem("no such file" + self._near(real)) from error
        except OSError as error:
            raise PathProblem(f"cannot be read: {error.strerror}") from error
        if not stat.S_ISREG(mode):
            raise PathProblem("not a regular file")
        return real, real.relative_to(self._folder).as_posix()

    def _found(self, written: str, below: str) -> Path:
        """Where `written` leads, in the Unicode form that the file system has it in.

        Tables and files from different systems write the same accented name in different bytes.
        """
        real = self._inside(written, below)
        for form in ("NFC", "NFD") if not _exists(real) else ():
            other = self._inside(normalize(form, written), below)
            if _exists(other):
                return other
        return real

    def _near(self, real: Path) -> str:
        if "\\" in real.name:
            return "; use forward slashes"
        if self._hints_left == 0:
            return ""
        self._hints_left -= 1
        try:
            present = [entry.name for entry in islice(real.parent.iterdir(), MAX_COMPARED)]
        except OSError:
            return ""
        near = (
            name for name in get_close_matches(real.name, present) if _is_file(real.parent / name)
        )
        return "".join(f"; did you mean {name!r}?" for name in islice(near, 1))

    def _inside(self, written: str, below: str) -> Path:
        if not written:
            raise PathProblem("empty path")
        if "\0" in written:
            raise PathProblem("NUL character in the path")
        if _SCHEME.match(written):
            raise PathProblem("an address; only files below the dataset's root are read")
        if written.startswith("/"):
            raise PathProblem("an absolute path; paths start from the dataset's root")
        real = Path(os.path.realpath(self._folder / below / written))
        if not real.is_relative_to(self._folder):
            raise PathProblem("leads out of the dataset's root")
        return real


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except OSError:
        return False
    return True


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
