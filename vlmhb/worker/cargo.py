"""Where the bytes of pages travel: in memory shared with the worker, else behind the frame.

Shared memory was the faster way for pages of every size, from 2 kB up.
"""

import threading
from dataclasses import dataclass

from vlmhb_worker.wire import Message

from vlmhb.domain.run import Request
from vlmhb.domain.sample import Page, PageContent, PageImage
from vlmhb.errors import WorkerError
from vlmhb.system.page_bytes import ChangedPageError, read_bytes
from vlmhb.worker.arena import Arena


@dataclass(frozen=True, slots=True)
class Cargo:
    """The bytes that go with one request."""

    buffers: tuple[Message | None, ...]
    """For each page, where in the arena or the tail its bytes are; None for a whole file."""
    tail: tuple[bytes, ...]

    @property
    def tail_bytes(self) -> int:
        """The length of the whole tail."""
        return sum(map(len, self.tail))


class Stowage:
    """Stows the pages of requests, and clears the arena of those that are settled."""

    def __init__(self, arena: Arena | None, *, files_too: bool = False) -> None:
        self._arena = arena
        self._files_too = files_too
        """Also pages that are whole files: the worker behind walls cannot open them."""
        self._lock = threading.Lock()
        self._offsets: dict[str, list[int]] = {}

    def stow(self, request: Request) -> Cargo:
        """A place for each page that came as bytes or is a part of a file.

        Raises:
            WorkerError: a file does not hold its page any more.
        """
        buffers: list[Message | None] = []
        tail: list[bytes] = []
        tail_bytes = 0
        for page in request.pages:
            content = _content(request, page, files_too=self._files_too)
            if content is None:
                buffers.append(None)
                continue
            place, offset = "shared", self._share(request.id, content)
            if offset is None:
                place, offset = "frame", tail_bytes
                tail.append(content)
                tail_bytes += len(content)
            buffers.append({"place": place, "offset": offset, "length": len(content)})
        return Cargo(tuple(buffers), tuple(tail))

    def clear(self, request_id: str) -> None:
        """Give the room of a settled request to others."""
        if self._arena is None:
            return
        with self._lock:
            offsets = self._offsets.pop(request_id, ())
        for offset in offsets:
            self._arena.free(offset)

    def _share(self, request_id: str, content: bytes) -> int | None:
        offset = None if self._arena is None else self._arena.put(content)
        if offset is not None:
            with self._lock:
                self._offsets.setdefault(request_id, []).append(offset)
        return offset


def _content(request: Request, page: Page, *, files_too: bool) -> bytes | None:
    """What has to travel; None for a page that the worker reads itself."""
    if isinstance(page, PageContent):
        return page.content
    if not isinstance(page, PageImage) or (page.span is None and not files_too):
        return None
    try:
        return read_bytes(request.root, page)
    except ChangedPageError as error:
        raise WorkerError(f"cannot send request {request.id}", f"{page.path}: {error}") from error
