"""Small pictures of the pages, made while the models answer."""

import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from vlmhb.domain.run import LoadedTask
from vlmhb.domain.sample import PageImage
from vlmhb.errors import StorageError
from vlmhb.store.run_dir import RunDir
from vlmhb.system.images import make_thumbnail
from vlmhb.system.page_bytes import ChangedPageError, page_file, read_bytes

MAX_PX = 1000


class ThumbnailWriter:
    """A thread that fills the run folder's `pages/`; leaving it waits for the last one."""

    def __init__(self, run_dir: RunDir, tasks: Sequence[LoadedTask]) -> None:
        self._wanted = {
            run_dir.thumbnail(page.sha256): (loaded.task.dataset.root, page)
            for loaded in tasks
            for sample in loaded.samples
            for page in sample.pages
            if isinstance(page, PageImage)
        }
        self._failure: StorageError | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._make_all, name="thumbnails", daemon=True)

    def __enter__(self) -> "ThumbnailWriter":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stopped.set()
        self._thread.join()
        if error is None and self._failure is not None:
            raise self._failure

    def _make_all(self) -> None:
        for out, (root, page) in self._wanted.items():
            if self._stopped.is_set():
                return
            try:
                if not out.exists():
                    _make(root, page, out)
            except StorageError as error:
                self._failure = error
                return


def _make(root: str, page: PageImage, out: Path) -> None:
    if page.span is None:
        make_thumbnail(page_file(root, page), out, MAX_PX)
        return
    try:
        content = read_bytes(root, page)
    except ChangedPageError:
        return  # whoever asks about the page is told
    make_thumbnail(content, out, MAX_PX)
