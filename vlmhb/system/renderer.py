"""PDF and TIFF files -> pictures of their pages, made by limited processes and kept."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vlmhb.domain.data_step import DataStep, OnData
from vlmhb.domain.digest import sha256_of
from vlmhb.system.page_cache import PageCache
from vlmhb.system.page_notes import WHOLE, DocumentNotes, read_notes
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

    def render(
        self, wishes: Sequence[Wish], doing: str = "rendering pages"
    ) -> tuple[DocumentNotes, ...]:
        """What came of each file: its pages are in the cache, or it is said why not.

        Who listens to the cache hears how far `doing` that is.

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
            self._work(deque(_batches(left)), _Progress(left, doing, self.cache.on_data).see)
        return tuple(by_key[ticket.key].notes for ticket in tickets)

    def _work(self, batches: deque[Sequence[Ticket]], on_note: Callable[[Ticket], None]) -> None:
        cancelled = threading.Event()

        def work() -> None:
            while not cancelled.is_set():
                try:
                    batch = batches.popleft()
                except IndexError:
                    return
                RenderJob(batch, self.cache, self._dpi, self._limits, on_note).run(cancelled)

        with ThreadPoolExecutor(MAX_CHILDREN, "renderer") as pool:
            workers = [pool.submit(work) for _ in range(min(MAX_CHILDREN, len(batches)))]
            try:
                wait(workers, return_when=FIRST_EXCEPTION)
            finally:
                # After an error or a signal the other process must not be waited for.
                cancelled.set()
        for worker in workers:
            worker.result()


class _Progress:
    """How far some files are, told by one thread at a time."""

    def __init__(self, tickets: Sequence[Ticket], doing: str, on_data: OnData) -> None:
        self._doing = doing
        self._on_data = on_data
        self._lock = threading.Lock()
        self._before = {ticket.key: len(ticket.notes.pages) for ticket in tickets}
        self._kept = {ticket.key: _known(ticket) for ticket in tickets}
        self._counts = {ticket.key: self._count(ticket) for ticket in tickets}
        self._sums = [sum(numbers) for numbers in zip(*self._counts.values(), strict=True)]
        self._tell()

    def see(self, ticket: Ticket) -> None:
        """Something became known about it."""
        with self._lock:
            old, new = self._counts[ticket.key], self._count(ticket)
            self._counts[ticket.key] = new
            self._sums = [
                sum_ + more - less for sum_, more, less in zip(self._sums, new, old, strict=True)
            ]
            self._tell()

    def _count(self, ticket: Ticket) -> tuple[int, int, int]:
        """Pages that are done, pages that there are, and 1 when the latter is a guess."""
        notes = ticket.notes
        if notes.is_picture or WHOLE in notes.pages:
            return 1, 1, 0
        if notes.page_count is None:
            return 0, 1, 1
        wanted = len(notes.wanted(ticket.max_pages)) - self._kept[ticket.key]
        return len(notes.pages) - self._before[ticket.key], wanted, 0

    def _tell(self) -> None:
        done, total, guesses = self._sums
        self._on_data(DataStep(self._doing, done, total, "pages", is_least=guesses > 0))


def _known(ticket: Ticket) -> int:
    """How many of its wanted pages there are notes of."""
    notes = ticket.notes
    return len(notes.wanted(ticket.max_pages)) - len(notes.unknown(ticket.max_pages))


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
