"""Text on its way to a terminal."""

import contextlib
import errno
import io
import os
import sys
import traceback
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

import click

from vlmhb.domain.secret_text import without_user, without_values
from vlmhb.errors import VlmhbError
from vlmhb.system.secret_variables import secret_values

READER_GONE = (errno.EPIPE, errno.EIO)
"""How writing to a pipe and to a terminal fails that nobody holds any more."""

CONTROL = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def printable(text: str) -> str:
    """`text` with control and bidirectional characters spelled out, tabs and newlines kept.

    Answers and library messages are untrusted: they must not move the cursor, change the
    clipboard or hide what follows them. Addresses are without user and password.
    """
    return "".join(
        f"\\u{ord(char):04x}"
        if unicodedata.category(char) in CONTROL and char not in "\n\t"
        else char
        for char in without_user(text)
    )


def say(text: str, *, err: bool = False) -> None:
    """Print it, to stdout or stderr; nothing in it can do more than be read."""
    click.echo(printable(text), err=err)


def complain(error: VlmhbError) -> None:
    """Print what went wrong, to stderr. It may quote what others wrote: a bundle, uv, a file."""
    say(without_secrets(f"vlmhb: {error}"), err=True)


def complain_of_bug(error: Exception) -> None:
    """Print where it was raised, to stderr."""
    trace = "".join(traceback.format_exception(error))
    say(without_secrets(f"{trace}vlmhb: this is a bug; the lines above tell where"), err=True)


def without_secrets(text: str) -> str:
    """The text as anybody may read it: errors quote what they failed at."""
    return without_values(without_user(text), secret_values())


class LossyStream(io.TextIOBase):
    """Writes to `stream` until that fails once, and nowhere from then on.

    For what may get lost: a command goes on without the terminal it was started from. Failures that
    are none of `kinds`, numbers of errors, are raised; without `kinds` none is.
    """

    def __init__(self, stream: TextIO, kinds: Collection[int] = ()) -> None:
        self._stream: TextIO | None = stream
        self._kinds = kinds
        self._is_terminal = stream.isatty()
        self._encoding = stream.encoding or "utf-8"

    def write(self, text: str | bytes) -> int:
        """Pass it on, if that is still possible. What completes a command line comes as bytes."""
        with self._letting_go() as stream:
            if stream is None:
                return len(text)
            if isinstance(text, bytes):
                stream.flush()
                stream.buffer.write(text)
            else:
                stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Pass it on, if that is still possible."""
        with self._letting_go() as stream:
            if stream is not None:
                stream.flush()

    def fileno(self) -> int:
        """The descriptor of the stream, for those who write to that themselves."""
        with self._letting_go() as stream:
            if stream is not None:
                return stream.fileno()
        raise io.UnsupportedOperation("fileno")

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What the terminal understands."""
        return self._encoding

    def isatty(self) -> bool:
        """Whether it was a terminal at first."""
        return self._is_terminal

    @contextmanager
    def _letting_go(self) -> Iterator[TextIO | None]:
        stream = self._stream
        try:
            yield stream
        except (OSError, ValueError) as error:  # the latter from a stream that was closed
            if self._kinds and isinstance(error, OSError) and error.errno not in self._kinds:
                raise
            self._stream = None
            if stream is not None:
                silence(stream)


def silence(stream: TextIO) -> None:
    """Let what is written to `stream` disappear from now on, and what it still holds."""
    # Python flushes stdout and stderr once more at its end, and would fail there.
    with contextlib.suppress(OSError, ValueError):
        fd = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.dup2(fd, stream.fileno())
        finally:
            os.close(fd)


def fill_closed_streams() -> None:
    """Open /dev/null in place of a stdin, stdout or stderr that the caller has closed.

    Otherwise the journal would get such a stream's number, and with it what libraries print there.
    """
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def let_terminal_go() -> None:
    """From now on it is no error when the reader of stdout or stderr goes away.

    Nor is anything else that keeps stderr from being written. A stdout that a full disk is to hold
    is another matter.
    """
    fill_closed_streams()
    sys.stdout = cast("TextIO", LossyStream(sys.stdout, READER_GONE))
    sys.stderr = cast("TextIO", LossyStream(sys.stderr))


@contextmanager
def may_be_gone() -> Iterator[None]:
    """Print to a stdout that may be closed or full: what is printed is in the run folder too."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        silence(sys.stdout)
