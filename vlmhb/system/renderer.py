"""PDF and TIFF files -> pictures of their pages, made by limited processes and kept."""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vlmhb.domain.digest import sha256_of
from vlmhb.system.page_cache import PageCache
from vlmhb.system.page_notes import DocumentNotes, read_notes
from vlmhb.system.render_job import LIMITS, Limits, RenderJob, Ticket

MAX_CHILDREN = 2
"""Rendering is not what a run waits for; the machine may have other things to do."""
MAX_BATCH = 32
"""Documents for one process: many, because it takes 0.2 s to start."""

Kind = Literal["pdf", "tiff"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A file whose pages are wanted."""

    file: Path
    sha256: str
    kind: Kind
    max_pages: int
    """Only the first so many."""


class Renderer:
    """Makes pictures of pages, each once: what the cache holds is not made again."""

    def __init__(self, cache: PageCache, dpi: int, limits: Limits = LIMITS) -> None:
        self.cache = cache
        self._dpi = dpi
        self._limits = limits

    def key(self, wish: Wish) -> str:
        """64 hex digits over everything that decides how the pages of a file look."""
        return sha256_of(
            {
                "document": wish.sha256,
                "renderer": renderer_name(wish.kind),
                "dpi": self._dpi if wish.kind == "pdf" else None,
            }
        )

    def render(self, wishes: Sequence[Wish]) -> tuple[DocumentNotes, ...]:
        """What came of each file: its pages are in the cache, or it is said why not.

        Raises:
            UnusableError: the processes do not work at all.
            StorageError: the cache cannot be written.
        """
        tickets = [
            Ticket(wish.file, wish.kind, wish.max_pages, key, read_notes(self.cache, key))
            for wish in wishes
            for key in [self.key(wish)]
        ]
        # A file that is there twice is rendered once.
        by_key: dict[str, Ticket] = {}
        for ticket in tickets:
            by_key.setdefault(ticket.key, ticket)
        left = [
            ticket for ticket in by_key.values() if not ticket.notes.is_complete(ticket.max_pages)
        ]
        if left:
            self._work(deque(_batches(left)))
        return tuple(by_key[ticket.key].notes for ticket in tickets)

    def _work(self, batches: deque[Sequence[Ticket]]) -> None:
        cancelled = threading.Event()

        def work() -> None:
            while not cancelled.is_set():
                try:
                    batch = batches.popleft()
                except IndexError:
                    return
                RenderJob(batch, self.cache, self._dpi, self._limits).run(cancelled)

        with ThreadPoolExecutor(MAX_CHILDREN, "renderer") as pool:
            workers = [pool.submit(work) for _ in range(min(MAX_CHILDREN, len(batches)))]
            try:
                wait(workers, return_when=FIRST_EXCEPTION)
            finally:
                # After an error or a signal the other process must not be waited for.
                cancelled.set()
        for worker in workers:
            worker.result()


def renderer_name(kind: Kind) -> str:
    """The library that makes the pictures, with its version."""
    if kind == "tiff":
        import PIL  # noqa: PLC0415 - most commands render nothing

        return f"Pillow {PIL.__version__}"
    import pypdfium2  # noqa: PLC0415 - the same

    return f"pypdfium2 {pypdfium2.PYPDFIUM_INFO.version} (PDFium {pypdfium2.PDFIUM_INFO.version})"


def _batches(tickets: Sequence[Ticket]) -> list[Sequence[Ticket]]:
    size = max(1, min(MAX_BATCH, len(tickets) // (2 * MAX_CHILDREN)))
    return [tickets[start : start + size] for start in range(0, len(tickets), size)]
