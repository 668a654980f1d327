"""Downloads: a file with a known checksum, whole or not there at all."""

import shutil
import threading
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from vlmhb.system import undelivered
from vlmhb.system.checksums import Checksums
from vlmhb.system.files import PARTIAL
from vlmhb.system.opener import Line
from vlmhb.system.patience import USUAL, Patience, StoppedError, patiently, say_nothing
from vlmhb.system.undelivered import OtherFileError
from vlmhb.system.web import (
    Asked,
    NothingLeftError,
    PassingError,
    RefusedError,
    Reply,
    UntrustedError,
    WebError,
    ask,
)


def _ignore(_bytes: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as somebody trusted describes it."""

    url: str
    """`http`, `https`, `file` or a path; only its host gets a name and password that it holds."""
    sha256: str
    size_bytes: int = 0
    """0 when unknown."""
    authorization: str = field(default="", repr=False)
    """Header for its server, e.g. `Bearer ...`."""
    md5: str = ""
    git_hash: str = ""
    """The name that git gives to the content."""

    @property
    def checksums(self) -> Checksums:
        """What the whole must have."""
        return Checksums(self.sha256, self.md5, self.git_hash)


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Who waits for files: how patiently, until when, and hearing how much came."""

    patience: Patience = USUAL
    cancelled: threading.Event = field(default_factory=threading.Event)
    count: Callable[[int], None] = _ignore
    """Gets the number of bytes that came; below 0 when some of them were thrown away."""
    line: Line = field(default_factory=Line)
    """Cut it after `cancelled` is set to end a wait for a silent server."""
    tell: Callable[[str], None] = say_nothing
    """Gets a line about each attempt that failed and is followed by another."""
    make_room: Callable[[int], None] = _ignore
    """Gets the number of bytes that are going to come; what it raises ends the fetch."""

    def fetch(self, wanted: Wanted, partial: Path) -> None:
        """Make `partial`, of which some may be there already, the whole file.

        Raises:
            PassingError: it failed too often.
            RefusedError: the server will not give it.
            OtherFileError: it has another checksum.
            StoppedError: `cancelled` was set.
            OSError: the file system refused.
        """
        _Fetch(wanted, partial, self).until_whole()


def partial_of(target: Path) -> Path:
    """Where a file is kept until it is whole."""
    return target.with_name(f".{target.name}{PARTIAL}")


def download(
    wanted: Wanted,
    target: Path,
    *,
    patience: Patience = USUAL,
    cancelled: threading.Event | None = None,
) -> None:
    """Put the file at `target`; nothing is fetched when it is there already.

    What an earlier call got of it is continued, and counts only when the whole has the checksums.

    Raises:
        DownloadError: it is not to be had, is another file, or `cancelled` was set.
        OSError: the file system refused.
    """
    known = wanted.checksums
    if known and target.is_file() and known.difference(target) is None:
        return
    partial = partial_of(target)
    if urllib.parse.urlsplit(wanted.url).scheme in {"file", ""}:
        _copy(wanted, partial)
    else:
        _fetch(wanted, partial, Fetcher(patience, cancelled or threading.Event()))
    partial.replace(target)


def _copy(wanted: Wanted, partial: Path) -> None:
    source = Path(urllib.request.url2pathname(urllib.parse.urlsplit(wanted.url).path))
    try:
        shutil.copyfile(source, partial)
    except FileNotFoundError as error:
        raise undelivered.failed(wanted.url, "there is no such file") from error
    if difference := wanted.checksums.difference(partial):
        partial.unlink()
        raise undelivered.other_file(wanted.url, OtherFileError(difference))


def _fetch(wanted: Wanted, partial: Path, fetcher: Fetcher) -> None:
    try:
        fetcher.fetch(wanted, partial)
    except UntrustedError as error:
        raise undelivered.untrusted(wanted.url, error) from error
    except WebError as error:
        raise undelivered.failed(wanted.url, str(error)) from error
    except OtherFileError as error:
        raise undelivered.other_file(wanted.url, error) from error
    except StoppedError as error:
        raise undelivered.stopped(wanted.url) from error


@dataclass(slots=True)
class _Fetch:
    """One download over the network."""

    wanted: Wanted
    partial: Path
    fetcher: Fetcher
    total_bytes: int = field(init=False)
    """What the whole must have; 0 as long as nobody said."""
    resumed: bool = field(init=False)
    """Some of the bytes are from an earlier answer."""
    coding: str = ""
    """How the server says that it packed the bytes."""
    before_bytes: int = 0
    """What was there when the last attempt began."""

    def __post_init__(self) -> None:
        self.total_bytes = self.wanted.size_bytes
        self.resumed = self.partial.exists()

    def until_whole(self) -> None:
        self.fetcher.count(self._received())
        fetcher = self.fetcher
        patiently(
            self._complete, fetcher.patience, fetcher.cancelled, self._has_gained, fetcher.tell
        )

    def _has_gained(self) -> bool:
        # A hundredth, so that a server that sends a byte at a time comes to an end too.
        return self._received() - self.before_bytes > self.total_bytes // 100

    def _complete(self) -> None:
        """Ask for what is missing, append it and look at the whole."""
        self.before_bytes = received = self._received()
        if not received or received != self.total_bytes:
            try:
                with closing(ask(self._question(received))) as reply:
                    self._append(reply)
            except NothingLeftError:
                self._throw_away()
                raise
        difference = self.wanted.checksums.difference(self.partial)
        if difference is None:
            return
        self._throw_away()
        # Two answers that do not belong together, or one that was cut where nobody could see it.
        if self.resumed or not self.total_bytes:
            self.resumed = False
            raise PassingError(f"{OtherFileError(difference)}, not {difference.expected}")
        raise OtherFileError(difference, self.coding)

    def _question(self, received: int) -> Asked:
        return Asked(
            self.wanted.url,
            self.fetcher.patience.silence_s,
            received,
            self.wanted.authorization,
            self.fetcher.line,
        )

    def _append(self, reply: Reply) -> None:
        """Add what the server sends; bytes of another place are found out by the hash."""
        largest_bytes = self.fetcher.patience.largest_bytes
        if reply.end and self.total_bytes and reply.end != self.total_bytes:
            raise RefusedError(f"the server has {reply.end} bytes of it, not {self.total_bytes}")
        if not self.total_bytes and reply.end > largest_bytes:
            raise RefusedError(f"the server has {reply.end} bytes of it, more than are ever taken")
        self.coding = reply.coding
        self.total_bytes = self.total_bytes or reply.end
        self.resumed = reply.start > 0
        if not reply.start:
            self.fetcher.count(-self._received())
        self.fetcher.make_room(max(self.total_bytes - reply.start, 0))
        self._write(reply, self.total_bytes or largest_bytes)
        now = self._received()
        if now < self.total_bytes:
            raise PassingError(f"the connection ended after {now} of {self.total_bytes} bytes")

    def _write(self, reply: Reply, most_bytes: int) -> None:
        with self.partial.open("ab" if reply.start else "wb") as file:
            for chunk in reply.chunks():
                if file.tell() + len(chunk) > most_bytes:
                    self._refuse_more(most_bytes)
                file.write(chunk)
                self.fetcher.count(len(chunk))
                if self.fetcher.cancelled.is_set():
                    raise StoppedError

    def _refuse_more(self, most_bytes: int) -> NoReturn:
        self._throw_away()
        what = f"the server sent more than {most_bytes} bytes"
        if self.resumed:  # what was there before may have been the wrong part
            raise PassingError(what)
        raise RefusedError(what)

    def _throw_away(self) -> None:
        self.fetcher.count(-self._received())
        self.partial.unlink(missing_ok=True)

    def _received(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0
