"""Why a file did not come, and what to do about it."""

from vlmhb.errors import DownloadError
from vlmhb.system.checksums import Difference
from vlmhb.system.opener import without_login
from vlmhb.system.web import UntrustedError


class OtherFileError(Exception):
    """The whole file came, and is another one than was meant."""

    def __init__(self, difference: Difference, coding: str = "") -> None:
        packed = f"; the server says that it packed it as {coding!r}" if coding else ""
        super().__init__(f"its {difference.algorithm} is {difference.found}{packed}")
        self.difference = difference


def _shown(url: str) -> str:
    """Its address without secrets."""
    return without_login(url).partition("?")[0]


def failed(url: str, got: str) -> DownloadError:
    """The server did not give it."""
    return DownloadError(
        f"cannot fetch {_shown(url)}",
        got,
        next_step="check the network and the proxy variables, then run the same command again: it "
        "goes on where this one stopped",
    )


def untrusted(url: str, error: UntrustedError) -> DownloadError:
    """Nobody vouches for the server."""
    return DownloadError(
        f"cannot fetch {_shown(url)}",
        f"its server's certificate is not trusted: {error}",
        next_step="name the file with your network's certificates in SSL_CERT_FILE, and check the "
        "clock",
    )


def other_file(url: str, error: OtherFileError) -> DownloadError:
    """What came is not what was meant."""
    return DownloadError(
        f"cannot use {_shown(url)}",
        str(error),
        expected=f"{error.difference.algorithm} {error.difference.expected}",
        next_step="this is not the file that was meant: find out why before trusting it",
    )


def stopped(url: str) -> DownloadError:
    """Nobody wants it any more."""
    return DownloadError(
        f"fetching {_shown(url)} was stopped",
        "nobody wants it any more",
        next_step="run the same command again: it goes on where this one stopped",
    )
