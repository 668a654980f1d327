"""The images of a dataset that are files of their own."""

from pathlib import Path

from vlmhb.datasets.pages_read import PagesRead
from vlmhb.datasets.problems import Problems
from vlmhb.datasets.root import DatasetRoot, PathProblem
from vlmhb.domain.sample import PageImage, UnreadablePage
from vlmhb.system.images import read_page

MAX_SHOWN_CHARS = 200


class PageFiles:
    """Reads each image once however many rows name it.

    Paths start from the folder `below` in the root.
    """

    def __init__(
        self,
        root: DatasetRoot,
        problems: Problems,
        below: str = "",
        read: PagesRead | None = None,
    ) -> None:
        self._root = root
        self._below = below
        self._problems = problems
        self._read_so_far = read or PagesRead()
        self._by_written: dict[str, PageImage | UnreadablePage | None] = {}
        self._by_file: dict[Path, PageImage | UnreadablePage] = {}

    def page(self, written: str, where: str) -> PageImage | UnreadablePage | None:
        """The page meant by `written`, None when there is no such file.

        That is a problem, told once, of the first place that names it: `where` is like
        `line 3: image_path`.
        """
        if written not in self._by_written:
            try:
                self._by_written[written] = self._read(written)
            except PathProblem as problem:
                self._by_written[written] = None
                self._problems.add(f"{where} {_shown(written)}: {problem}")
        return self._by_written[written]

    def _read(self, written: str) -> PageImage | UnreadablePage:
        file, path = self._root.file(written, self._below)
        if file not in self._by_file:
            try:
                self._by_file[file] = read_page(file, path)
            except OSError as error:
                raise PathProblem(f"cannot be read: {error.strerror}") from error
            self._read_so_far.one_more()
        return self._by_file[file]


def _shown(written: str) -> str:
    if len(written) <= MAX_SHOWN_CHARS:
        return repr(written)
    return f"{written[:MAX_SHOWN_CHARS]!r}... ({len(written):,} characters)"
