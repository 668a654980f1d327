"""A batch of files on their way from the hub, several at once."""

import hashlib
import os
import queue
import threading
from collections.abc import Sequence
from pathlib import Path

from vlmhb.errors import StorageError, VlmhbError
from vlmhb.system.download import Fetcher, partial_of
from vlmhb.system.files import write_atomic
from vlmhb.system.hub_files import HubFile
from vlmhb.system.opener import Line
from vlmhb.system.patience import StoppedError
from vlmhb.system.undelivered import OtherFileError
from vlmhb.system.web import WebError
from vlmhb.weights.cache import RepoCache
from vlmhb.weights.caller import LAST_WORDS_S, LOOK_UP_S, Caller
from vlmhb.weights.refusal import Wish
from vlmhb.weights.room import LEAST_BYTES, check_room

AT_ONCE = 4
"""Connections: the hub's servers give each of them only so much."""


class Batch:
    """The files of one commit that are not here yet."""

    def __init__(self, cache: RepoCache, wish: Wish, commit: str, files: Sequence[HubFile]) -> None:
        self._cache = cache
        self._wish = wish
        self._commit = commit
        self._wanted = files
        self._files = queue.SimpleQueue[HubFile]()
        # The largest first, so that no single one of them is left for the end.
        for file in sorted(files, key=lambda file: -file.size_bytes):
            self._files.put(file)
        self._total_bytes = sum(file.size_bytes for file in files)
        self._ended = queue.SimpleQueue[Exception | None]()
        self._lock = threading.Lock()
        self._done_bytes = 0
        self._stop = threading.Event()
        self._line = Line()

    def fetch(self, caller: Caller) -> None:
        """Put all of them into the cache. What comes is kept, also where the whole fails.

        Raises:
            WeightsError: one of them is not to be had, or the caller stopped wanting them.
        """
        fetcher = Fetcher(caller.patience, self._stop, self._count, self._line)
        threads = [
            threading.Thread(target=self._work, args=(fetcher,), name="fetch", daemon=True)
            for _ in range(min(AT_ONCE, self._files.qsize()))
        ]
        self._tell(caller)  # nothing has come: a small fetch is over at the next look
        for thread in threads:
            thread.start()
        try:
            failure = self._watch(threads, caller)
        finally:
            self._stop.set()
            self._line.cut()
            for thread in threads:
                thread.join(LAST_WORDS_S)
        if failure is not None:
            raise self._explained(failure) from failure

    def _watch(self, threads: Sequence[threading.Thread], caller: Caller) -> Exception | None:
        """Wait for the end, and give the first failure.

        Raises:
            WeightsError: something else took the room that the rest of the files needs.
        """
        running = len(threads)
        while running:
            if caller.cancelled.is_set():
                return StoppedError()
            check_room(self._cache, self._wish, self._wanted, LEAST_BYTES)
            try:
                failure = self._ended.get(timeout=LOOK_UP_S)
            except queue.Empty:
                if not any(thread.is_alive() for thread in threads) and self._ended.empty():
                    break  # one of them died of a bug, with its traceback on stderr
                self._tell(caller)
                continue
            if failure is not None:
                return failure
            running -= 1
        self._tell(caller)
        return None

    def _tell(self, caller: Caller) -> None:
        caller.tell(f"fetching {self._wish.repo}", self._done_bytes, self._total_bytes)

    def _work(self, fetcher: Fetcher) -> None:
        """Fetch one file after the other, in a thread."""
        failure: Exception | None = None
        try:
            while not self._stop.is_set():
                self._one(self._files.get_nowait(), fetcher)
        except queue.Empty:
            pass
        except (VlmhbError, WebError, StoppedError, OSError) as error:
            failure = error
        self._ended.put(failure)

    def _one(self, file: HubFile, fetcher: Fetcher) -> None:
        if self._cache.has_blob(file):
            self._count(file.size_bytes)
        elif file.has_sha256:
            self._large(file, fetcher)
        else:
            self._small(file, fetcher)
        self._cache.link(self._commit, file)

    def _large(self, file: HubFile, fetcher: Fetcher) -> None:
        blob = self._cache.blobs / file.blob
        partial = partial_of(blob)
        try:
            wanted = self._wish.hub.wanted(self._wish.repo, self._commit, file)
            fetcher.fetch(wanted, partial)
        except OtherFileError as error:
            raise self._wish.other_content(file.path, str(error)) from error
        with partial.open("rb") as whole:
            os.fsync(whole.fileno())
        _make_read_only(partial)
        partial.replace(blob)

    def _small(self, file: HubFile, fetcher: Fetcher) -> None:
        content = self._wish.hub.content(self._wish.repo, self._commit, file, fetcher)
        found = git_hash(content)
        if found != file.blob:
            raise self._wish.other_content(file.path, f"its git hash is {found}")
        blob = self._cache.blobs / file.blob
        write_atomic(blob, content)
        _make_read_only(blob)
        self._count(len(content))

    def _count(self, more_bytes: int) -> None:
        with self._lock:
            self._done_bytes += more_bytes

    def _explained(self, failure: Exception) -> Exception:
        match failure:
            case WebError():
                return self._wish.refused(failure)
            case StoppedError():
                return self._wish.stopped()
            case StorageError(__cause__=OSError() as cause):
                return self._wish.unwritable(cause)
            case OSError():
                return self._wish.unwritable(failure)
            case _:
                return failure


def _make_read_only(blob: Path) -> None:
    """Workers only read them, and all their runs depend on them."""
    blob.chmod(blob.stat().st_mode & 0o444)


def git_hash(content: bytes) -> str:
    """The name that git gives to this content."""
    header = f"blob {len(content)}\0".encode("ascii")
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
