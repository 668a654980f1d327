"""Why a dataset is not to be had, and what to do about it."""

from collections.abc import Sequence
from pathlib import Path

from vlmhb.datasets.source_folder import Absent
from vlmhb.datasets.source_place import HubPlace, place_of
from vlmhb.domain.sizes import gib
from vlmhb.domain.task import SourceFile
from vlmhb.errors import DownloadError, StorageError
from vlmhb.system.public_address import public_address
from vlmhb.system.web import UntrustedError, WebError

_AGAIN = "run the same command again: it goes on where this one stopped"
_MOST_NAMED = 8


class SourceRefusal:
    """One file of a dataset, and where it should have gone."""

    def __init__(self, dataset: str, source: SourceFile, folder: Path) -> None:
        self._doing = f"cannot fetch {shown(source)} for dataset {dataset!r}"
        self._source = source
        self._target = folder / source.path

    def refused(self, error: WebError, hub: str = "", *, token: str = "") -> DownloadError:
        """What a server's refusal means; `hub` is the address of the one that was asked."""
        got = str(error).replace(token, "[token]") if token else str(error)
        if isinstance(error, UntrustedError):
            return self.error(
                f"the server's certificate is not trusted: {got}",
                "name the file with your network's certificates in SSL_CERT_FILE, and check the "
                "clock",
            )
        if error.status in {401, 403} and hub:
            return self.error(
                f"the repo is gated, private or not there ({got})",
                f"look at {self._page(hub)}, accept its terms, and set HF_TOKEN to a token of that "
                f"account; then {_AGAIN}",
            )
        if error.status in {401, 403, 404, 410}:
            return self.error(
                f"it is not there, or not for everybody ({got})",
                "correct `source` in the task file, or get the file elsewhere",
            )
        return self.error(got, f"check the network and the proxy variables; then {_AGAIN}")

    def other_file(self, what: str) -> DownloadError:
        """The whole came, and is not what the task or the hub names."""
        return self.error(
            what, "find out why before trusting it: its publisher may have changed the file"
        )

    def error(self, got: str, next_step: str) -> DownloadError:
        """With the file's checksum, and the way to do without fetching."""
        return DownloadError(
            self._doing,
            got,
            expected=checksum(self._source) or None,
            next_step=f"{next_step}. Or put the file at {self._target} yourself",
        )

    def _page(self, hub: str) -> str:
        place = place_of(self._source)
        repo = place.repo if isinstance(place, HubPlace) else ""
        return f"{hub}/datasets/{repo}"


def not_offline(
    dataset: str, absent: Sequence[Absent], folder: Path, elsewhere: Sequence[str]
) -> DownloadError:
    """Nothing may be fetched, and something is missing."""
    lines = [
        f"{folder / one.source.path} ({checksum(one.source) or 'no checksum known'}) "
        f"from {shown(one.source)}"
        for one in absent[:_MOST_NAMED]
    ]
    if len(absent) > _MOST_NAMED:
        lines.append(f"and {len(absent) - _MOST_NAMED} more")
    others = [*(one.got for one in absent if one.got), *elsewhere]
    return DownloadError(
        f"cannot use dataset {dataset!r} offline",
        "\n  ".join(["missing", *lines, *others]),
        next_step="put the files there by hand, or run the same command where there is a network, "
        "without --offline",
    )


def no_room(
    source: SourceFile, dataset: str, folder: Path, needed: int, free: int
) -> DownloadError:
    """It would not fit."""
    return SourceRefusal(dataset, source, folder).error(
        f"{gib(needed)} are to come, and {gib(free)} are free in {folder}",
        "free space, or set VLMHB_DATASETS to a folder on a larger disk",
    )


def unwritable(dataset: str, error: OSError | StorageError) -> DownloadError:
    """What the file system's refusal means."""
    if isinstance(error, StorageError):
        what = f"{error.doing}: {error.got}"
    else:
        what = f"{error.strerror or type(error).__name__}: {error.filename or 'the cache'}"
    return DownloadError(
        f"cannot keep dataset {dataset!r}",
        what,
        next_step="free space, or set VLMHB_DATASETS to a folder that can be written; then "
        + _AGAIN,
    )


def checksum(source: SourceFile) -> str:
    """The best one that the task names; empty without one."""
    if source.sha256:
        return f"sha256 {source.sha256}"
    return f"md5 {source.md5}" if source.md5 else ""


def shown(source: SourceFile) -> str:
    """Its address without secrets."""
    return public_address(source.url)
