"""Downloads: a file with a known sha256, whole or not there at all."""

import random
import shutil
import threading
import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from vlmhb.errors import DownloadError
from vlmhb.system.files import PARTIAL, sha256_of_file
from vlmhb.system.web import (
    NothingLeftError,
    PassingError,
    RefusedError,
    Reply,
    UntrustedError,
    ask,
    without_login,
)

_LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How much trouble is put up with before a download fails."""

    attempts: int = 6
    """In a row without much that is new."""
    wait_s: float = 1.0
    """Before the second attempt; twice as long before each one after it, with some chance in it."""
    silence_s: float = 60.0
    """How long a server may send nothing."""
    largest_bytes: int = 16 << 30
    """Of a file whose size nobody trusted told."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as somebody trusted describes it."""

    url: str
    """`http`, `https`, `file` or a path; only its host gets a name and password that it holds."""
    sha256: str
    size_bytes: int = 0
    """0 when unknown."""


def download(
    wanted: Wanted,
    target: Path,
    *,
    patience: Patience = Patience(),
    cancelled: threading.Event | None = None,
) -> None:
    """Put the file at `target`; nothing is fetched when it is there already.

    What an earlier call got of it is continued, and counts only when the whole has the hash.

    Raises:
        DownloadError: it is not to be had, is another file, or `cancelled` was set.
        OSError: the file system refused.
    """
    if target.is_file() and sha256_of_file(target) == wanted.sha256:
        return
    partial = target.with_name(f".{target.name}{PARTIAL}")
    if urllib.parse.urlsplit(wanted.url).scheme in {"file", ""}:
        _copy(wanted, partial)
    else:
        _Fetch(wanted, partial, patience, cancelled or threading.Event()).until_whole()
    partial.replace(target)


def _copy(wanted: Wanted, partial: Path) -> None:
    source = Path(urllib.request.url2pathname(urllib.parse.urlsplit(wanted.url).path))
    try:
        shutil.copyfile(source, partial)
    except FileNotFoundError as error:
        raise _failed(wanted, "there is no such file") from error
    found = sha256_of_file(partial)
    if found != wanted.sha256:
        partial.unlink()
        raise _other_file(wanted, found)


@dataclass(slots=True)
class _Fetch:
    """One download over the network."""

    wanted: Wanted
    partial: Path
    patience: Patience
    cancelled: threading.Event
    total_bytes: int = field(init=False)
    """What the whole must have; 0 as long as nobody said."""
    resumed: bool = field(init=False)
    """Some of the bytes are from an earlier answer."""

    def __post_init__(self) -> None:
        self.total_bytes = self.wanted.size_bytes
        self.resumed = self.partial.exists()

    def until_whole(self) -> None:
        failures = 0
        while True:
            before = self._received()
            try:
                self._complete()
            except PassingError as error:
                # A hundredth, so that a server that sends a byte at a time comes to an end too.
                gained = self._received() - before > self.total_bytes // 100
                failures = 1 if gained else failures + 1
                if failures >= self.patience.attempts:
                    what = f"{error}; {failures} attempts in a row"
                    raise _failed(self.wanted, what) from error
                self._wait(error.wait_s or self.patience.wait_s * 2 ** (failures - 1))
            except UntrustedError as error:
                raise _untrusted(self.wanted, error) from error
            except RefusedError as error:
                raise _failed(self.wanted, str(error)) from error
            else:
                return

    def _complete(self) -> None:
        """Ask for what is missing, append it and look at the whole."""
        received = self._received()
        if not received or received != self.total_bytes:
            try:
                with closing(ask(self.wanted.url, received, self.patience.silence_s)) as reply:
                    self._append(reply)
            except NothingLeftError:
                self.partial.unlink(missing_ok=True)
                raise
        found = sha256_of_file(self.partial)
        if found == self.wanted.sha256:
            return
        self.partial.unlink()
        # Two answers that do not belong together, or one that was cut where nobody could see it.
        if self.resumed or not self.total_bytes:
            self.resumed = False
            raise PassingError(f"its sha256 is {found}, not {self.wanted.sha256}")
        raise _other_file(self.wanted, found)

    def _append(self, reply: Reply) -> None:
        """Add what the server sends; bytes of another place are found out by the hash."""
        if reply.end and self.total_bytes and reply.end != self.total_bytes:
            raise RefusedError(f"the server has {reply.end} bytes of it, not {self.total_bytes}")
        if not self.total_bytes and reply.end > self.patience.largest_bytes:
            raise RefusedError(f"the server has {reply.end} bytes of it, more than are ever taken")
        self.total_bytes = self.total_bytes or reply.end
        most_bytes = self.total_bytes or self.patience.largest_bytes
        self.resumed = reply.start > 0
        with self.partial.open("ab" if reply.start else "wb") as file:
            for chunk in reply.chunks():
                if file.tell() + len(chunk) > most_bytes:
                    self._refuse_more(most_bytes)
                file.write(chunk)
                if self.cancelled.is_set():
                    raise _stopped(self.wanted)
        now = self._received()
        if now < self.total_bytes:
            raise PassingError(f"the connection ended after {now} of {self.total_bytes} bytes")

    def _refuse_more(self, most_bytes: int) -> NoReturn:
        self.partial.unlink()
        what = f"the server sent more than {most_bytes} bytes"
        if self.resumed:  # what was there before may have been the wrong part
            raise PassingError(what)
        raise RefusedError(what)

    def _received(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _wait(self, wait_s: float) -> None:
        chance = random.uniform(0.75, 1.25)  # noqa: S311 - so that many clients do not come at once
        if self.cancelled.wait(min(wait_s * chance, _LONGEST_WAIT_S)):
            raise _stopped(self.wanted)


def _shown(wanted: Wanted) -> str:
    """Its address without secrets."""
    return without_login(wanted.url).partition("?")[0]


def _failed(wanted: Wanted, got: str) -> DownloadError:
    return DownloadError(
        f"cannot fetch {_shown(wanted)}",
        got,
        next_step="check the network and the proxy variables, then run the same command again: it "
        "goes on where this one stopped",
    )


def _untrusted(wanted: Wanted, error: UntrustedError) -> DownloadError:
    return DownloadError(
        f"cannot fetch {_shown(wanted)}",
        f"its server's certificate is not trusted: {error}",
        next_step="name the file with your network's certificates in SSL_CERT_FILE, and check the "
        "clock",
    )


def _other_file(wanted: Wanted, found: str) -> DownloadError:
    return DownloadError(
        f"cannot use {_shown(wanted)}",
        f"its sha256 is {found}",
        expected=f"sha256 {wanted.sha256}",
        next_step="this is not the file that was meant: find out why before trusting it",
    )


def _stopped(wanted: Wanted) -> DownloadError:
    return DownloadError(
        f"fetching {_shown(wanted)} was stopped",
        "nobody wants it any more",
        next_step="run the same command again: it goes on where this one stopped",
    )
