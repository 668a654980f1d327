"""Small pictures of the pages, made while the models answer."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage
from vlmhb.errors import StorageError
from vlmhb.store.run_dir import RunDir
from vlmhb.system.images import make_thumbnail
from vlmhb.system.page_bytes import ChangedPageError, page_file, read_bytes

MAX_PX = 1000


OnPicture = Callable[[int, int], object]
"""Hears how many of how many pages are done; one call at a time."""


class ThumbnailWriter:
    """Threads that fill the run folder's `pages/`; leaving it waits for the last picture.

    One leaves the cores to the models that answer meanwhile; where nobody does, take more.
    """

    def __init__(
        self,
        run_dir: RunDir,
        tasks: Sequence[LoadedTask],
        n_threads: int = 1,
        on_picture: OnPicture = lambda _done, _total: None,
    ) -> None:
        self._wanted = {
            run_dir.thumbnail(page.sha256): (loaded.task.dataset.root, page)
            for loaded in tasks
            for sample in loaded.samples
            for page in sample.pages
            if isinstance(page, PageImage)
        }
        self._left = iter(self._wanted.items())
        self._done = 0
        self._turn = threading.Lock()
        self._on_picture = on_picture
        self._failure: StorageError | None = None
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._make_all, name="thumbnails", daemon=True)
            for _ in range(n_threads)
        ]

    def __enter__(self) -> "ThumbnailWriter":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stopped.set()
        for thread in self._threads:
            thread.join()
        if error is None and self._failure is not None:
            raise self._failure

    def _make_all(self) -> None:
        while (wanted := self._next()) is not None:
            out, (root, page) = wanted
            try:
                if not out.exists():
                    _make(root, page, out)
            except StorageError as error:
                self._failure = error
                self._stopped.set()
                return
            with self._turn:
                self._done += 1
                self._on_picture(self._done, len(self._wanted))

    def _next(self) -> tuple[Path, tuple[str, PageImage]] | None:
        with self._turn:
            return None if self._stopped.is_set() else next(self._left, None)


def _make(root: str, page: PageImage, out: Path) -> None:
    if page.span is None:
        make_thumbnail(page_file(root, page), out, MAX_PX)
        return
    try:
        content = read_bytes(root, page)
    except ChangedPageError:
        return  # whoever asks about the page is told
    make_thumbnail(content, out, MAX_PX)
