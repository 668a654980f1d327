"""One batch of documents and the process that renders it, or several if they die of it."""

import json
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vlmhb.domain.sample import UnreadablePage
from vlmhb.errors import StorageError, UnusableError
from vlmhb.system.images import MAX_PIXELS, read_page
from vlmhb.system.page_cache import PageCache
from vlmhb.system.page_notes import (
    SUFFIX,
    WHOLE,
    DocumentNotes,
    NoPicture,
    PageNote,
    Picture,
    write_notes,
)
from vlmhb.system.process import CommandCancelledError, Completed, run
from vlmhb.system.scratch import scratch_folder

CHILD = Path(__file__).with_name("render_child.py")
MAX_DEATHS = 3
"""Pages of a document that may end a process before its other pages are given up."""
TOLD_LINES = 5
CANNOT_START = "cannot start the process that renders pages"
KEPT_AFTER = 20
"""Pages after which the notes of a document are written: what a kill costs at most."""


KILLED = NoPicture("the renderer was killed twice", lasts=False)
"""Not by us: the machine ran out of memory, or somebody ended it. A page gets another try."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may take."""

    max_pixels: int = MAX_PIXELS
    page_cpu_s: int = 60
    memory_bytes: int = 2 << 30
    """Of address space; a page of `max_pixels` needs half of it."""
    file_bytes: int = 512 << 20
    silence_s: float = 300.0
    """How long a page may take on a machine that has other things to do."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Ticket:
    """A file to render, and what is known of it so far."""

    file: Path
    kind: str
    """`pdf` or `tiff`."""
    max_pages: int
    key: str
    """What its notes are kept under."""
    notes: DocumentNotes


class RenderJob:
    """Renders a batch to its end, whatever the files do to the processes."""

    def __init__(
        self,
        tickets: Sequence[Ticket],
        cache: PageCache,
        dpi: int,
        limits: Limits,
        on_note: Callable[[Ticket], None],
    ) -> None:
        """`on_note` gets a ticket whenever more is known about it."""
        self._on_note = on_note
        self._left = list(tickets)
        self._cache = cache
        self._dpi = dpi
        self._limits = limits
        self._deaths: Counter[str] = Counter()
        self._folder = Path()
        self._begun: tuple[int, int] | None = None
        """(document, page) that the process is at."""
        self._full = ""
        """Why there is no room for pictures; empty when there is."""
        self._killed: set[tuple[str, int]] = set()
        """(key, page) that was begun when a process was killed from outside."""

    def run(self, cancelled: threading.Event) -> None:
        """Fill in the notes of every ticket, and keep them; of fewer when it is cancelled.

        Raises:
            UnusableError: the process does not even start.
            StorageError: the cache cannot be written.
        """
        while self._left:
            try:
                death = self._run_once(cancelled)
            except CommandCancelledError:
                self._keep_begun()
                return
            if death:
                self._blame(death)
            self._keep_begun()
            self._left = [] if death is None else self._undone()

    def _run_once(self, cancelled: threading.Event) -> NoPicture | None:
        """What the page that the process was at has instead of a picture; None if all went well."""
        self._start_over()
        with ExitStack() as stack:
            try:
                self._folder = Path(stack.enter_context(scratch_folder("render")))
                job = self._folder / "job.json"
                job.write_text(json.dumps(self._order()), encoding="utf-8")
            except OSError as error:
                raise _no_room(error.strerror or str(error)) from error
            try:
                completed = run(
                    (sys.executable, "-I", CHILD, job),
                    environment={},
                    cwd=self._folder,
                    silence_s=self._limits.silence_s,
                    on_line=self._hear,
                    cancelled=cancelled,
                )
            except TimeoutError:
                return NoPicture(f"no picture after {self._limits.silence_s:g} s", lasts=False)
            except OSError as error:
                raise UnusableError(CANNOT_START, f"{sys.executable}: {error.strerror}") from error
        if self._full:
            raise _no_room(self._full)
        if completed.returncode and self._begun is None:
            tail = "\n".join(completed.stderr.splitlines()[-TOLD_LINES:])
            raise UnusableError(CANNOT_START, tail)
        return self._death(completed) if completed.returncode else None

    def _order(self) -> dict[str, Any]:
        documents = [
            {
                "file": str(ticket.file),
                "kind": ticket.kind,
                "max_pages": ticket.max_pages,
                "skip": sorted(ticket.notes.pages),
            }
            for ticket in self._left
        ]
        return {"documents": documents, "dpi": self._dpi, **asdict(self._limits)}

    def _hear(self, line: str) -> None:
        """Note what the process tells; whatever else comes through its stderr is not for us."""
        try:
            told = json.loads(line)
        except ValueError:
            return
        match told:
            case ["begin", int(document), int(page)] if 0 <= document < len(self._left):
                if page == WHOLE:
                    self._keep_begun()
                self._begun = document, page
            case ["full", str(why)]:
                self._full = why
            case [str(what), int(document), *more] if self._is_at(document):
                self._note(what, document, more)
                self._on_note(self._left[document])

    def _note(self, what: str, document: int, more: Sequence[object]) -> None:
        """Note something about the document that the process is at."""
        notes = self._left[document].notes
        match what, *more:
            case ["opened", int(pages)]:
                notes.page_count = pages
            case ["picture"]:
                notes.is_picture = True
            case ["refused", int(page), str(why)]:
                notes.pages[page] = NoPicture(why)
            case ["made", int(page)]:
                notes.pages[page] = self._take(document, page)
                if page % KEPT_AFTER == 0:
                    self._keep_begun()
            case _:  # nothing that this process says
                pass

    def _start_over(self) -> None:
        self._begun = None

    def _is_at(self, document: int) -> bool:
        return self._begun is not None and self._begun[0] == document

    def _take(self, document: int, page: int) -> PageNote:
        made = self._folder / f"{document}-{page}{SUFFIX}"
        try:
            found = read_page(made, "")
            size_bytes = made.stat().st_size
        except OSError as error:
            return NoPicture(f"its picture was not written ({error.strerror})", lasts=False)
        if isinstance(found, UnreadablePage):
            return NoPicture(found.problem)
        self._cache.take(made, found.sha256, SUFFIX)
        made.unlink()
        return Picture(found.sha256, found.width_px, found.height_px, size_bytes)

    def _keep_begun(self) -> None:
        """Keep what is known of the document that the process is at."""
        if self._begun:
            ticket = self._left[self._begun[0]]
            write_notes(self._cache, ticket.key, ticket.notes)

    def _blame(self, death: NoPicture) -> None:
        """Note what a process died of, so that another one is spared it."""
        document, page = self._begun or (0, WHOLE)
        ticket = self._left[document]
        notes = ticket.notes
        if death == KILLED and (ticket.key, page) not in self._killed:
            self._killed.add((ticket.key, page))
            return
        if page == WHOLE or notes.page_count is None:
            notes.pages[WHOLE] = death
            self._on_note(ticket)
            return
        self._deaths[ticket.key] += 1
        guilty, *others = notes.unknown(ticket.max_pages) or [page]
        notes.pages[guilty] = death
        if self._deaths[ticket.key] == MAX_DEATHS:
            why = f"not tried: {MAX_DEATHS} pages of this document ended the renderer"
            notes.pages |= dict.fromkeys(others, NoPicture(why, death.lasts))
        self._on_note(ticket)

    def _undone(self) -> list[Ticket]:
        """What another process can still do."""
        return [ticket for ticket in self._left if not ticket.notes.is_complete(ticket.max_pages)]

    def _death(self, completed: Completed) -> NoPicture:
        limits = self._limits
        match -completed.returncode:
            case signal.SIGXCPU:
                return NoPicture(f"takes more than {limits.page_cpu_s} s of CPU time")
            case signal.SIGKILL:
                return KILLED
            case number if number in set(signal.Signals):
                gib = limits.memory_bytes / 2**30
                name = signal.Signals(number).name
                why = f"the renderer crashed ({name}), as it may when {gib:.3g} GiB are not enough"
                return NoPicture(why)
        last = "".join(completed.stderr.splitlines()[-1:])
        return NoPicture(f"the renderer failed: {last}", lasts=False)


def _no_room(why: str) -> StorageError:
    return StorageError(
        f"cannot render pages in {tempfile.gettempdir()}",
        why,
        next_step="free space or set TMPDIR to another folder, then run the same command again: it "
        "goes on where this one stopped",
    )
