"""The hub: what it answers to questions about repos."""

import json
import re
import urllib.parse
from dataclasses import dataclass, field
from http.client import HTTPMessage
from typing import Any

from vlmhb.system.download import Fetcher, Wanted
from vlmhb.system.opener import without_login
from vlmhb.system.patience import patiently
from vlmhb.system.web import Asked, RefusedError, read
from vlmhb.weights.files import HubFile, ListingError, from_hub, is_hash

_LARGEST_PAGE_BYTES = 64 << 20
_MOST_PAGES = 1000
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub, or a server that speaks like it."""

    endpoint: str
    """Without a slash at the end."""
    token: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """Its address without secrets."""
        return without_login(self.endpoint)

    def commit(self, repo: str, revision: str, fetcher: Fetcher) -> str:
        """The commit that a branch, tag or commit of a repo means now.

        Raises:
            WebError: the hub does not tell.
            StoppedError: the fetcher was cancelled.
        """
        url = f"{self.endpoint}/api/models/{repo}/revision/{_quoted(revision)}"
        told, _headers = self._json(url, fetcher)
        commit = told.get("sha") if isinstance(told, dict) else None
        if not isinstance(commit, str) or not is_hash(commit, 40):
            raise RefusedError("the server named no commit, so it is not the hub")
        return commit

    def files(self, repo: str, commit: str, fetcher: Fetcher) -> list[HubFile]:
        """All files of a commit.

        Raises:
            WebError: the hub does not tell.
            StoppedError: the fetcher was cancelled.
        """
        url = f"{self.endpoint}/api/models/{repo}/tree/{commit}?recursive=true&expand=false"
        files: list[HubFile] = []
        for _page in range(_MOST_PAGES):
            told, headers = self._json(url, fetcher)
            try:
                files += from_hub(told)
            except ListingError as error:
                raise RefusedError(f"its list of files cannot be read: {error}") from error
            following = _NEXT.search(headers.get("Link", ""))
            if not following:
                return files
            try:
                url = urllib.parse.urljoin(url, following[1])
            except ValueError as error:
                raise RefusedError(f"its list of files goes on nowhere: {error}") from error
        raise RefusedError(f"its list of files has more than {_MOST_PAGES} pages")

    def wanted(self, repo: str, commit: str, file: HubFile) -> Wanted:
        """Where a file of a commit is to be had."""
        path = urllib.parse.quote(file.path)
        url = f"{self.endpoint}/{repo}/resolve/{commit}/{path}"
        sha256 = file.blob if file.has_sha256 else ""
        return Wanted(url, sha256, file.size_bytes, self._authorization(url))

    def content(self, repo: str, commit: str, file: HubFile, fetcher: Fetcher) -> bytes:
        """What is in a small file.

        Raises:
            WebError: the hub does not give it, or not all of it.
            StoppedError: the fetcher was cancelled.
        """
        wanted = self.wanted(repo, commit, file)
        asked = self._asked(wanted.url, fetcher)
        content, _headers = patiently(
            lambda: read(asked, file.size_bytes), fetcher.patience, fetcher.cancelled
        )
        return content

    def _json(self, url: str, fetcher: Fetcher) -> tuple[Any, HTTPMessage]:
        asked = self._asked(url, fetcher)
        content, headers = patiently(
            lambda: read(asked, _LARGEST_PAGE_BYTES),
            fetcher.patience,
            fetcher.cancelled,
            tell=fetcher.tell,
        )
        try:
            return json.loads(content), headers
        except (ValueError, RecursionError) as error:
            kind = headers.get_content_type()
            raise RefusedError(
                f"the server sent {kind} and no JSON, so it is not the hub"
            ) from error

    def _asked(self, url: str, fetcher: Fetcher) -> Asked:
        silence_s = fetcher.patience.silence_s
        return Asked(url, silence_s, authorization=self._authorization(url), line=fetcher.line)

    def _authorization(self, url: str) -> str:
        """The token goes to the hub, not wherever the hub may point."""
        own = url.startswith(f"{self.endpoint}/")
        return f"Bearer {self.token}" if self.token and own else ""


def _quoted(revision: str) -> str:
    return urllib.parse.quote(revision, safe="")
