"""The hub: what it answers to questions about repos."""

import json
import re
import urllib.parse
from dataclasses import dataclass, field
from http.client import HTTPMessage
from typing import Any, Literal

from vlmhb.errors import UsageError
from vlmhb.system.download import Fetcher, Wanted
from vlmhb.system.hf_home import find_hf_home, read_token
from vlmhb.system.hub_files import HubFile, ListingError, from_hub, is_hash
from vlmhb.system.opener import without_login
from vlmhb.system.patience import patiently
from vlmhb.system.web import Asked, RefusedError, is_address, read

_LARGEST_PAGE_BYTES = 64 << 20
_MOST_PAGES = 1000
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub, or a server that speaks like it."""

    endpoint: str
    """Without a slash at the end."""
    token: str = field(default="", repr=False)
    kind: Literal["models", "datasets"] = "models"
    """Of the repos that are asked for."""

    @classmethod
    def standard(cls, kind: Literal["models", "datasets"] = "models") -> "Hub":
        """Where HF_ENDPOINT says, with the token that HF_TOKEN or its file holds.

        Raises:
            UsageError: HF_ENDPOINT is no address.
            OSError: this user has no home, or the token's file cannot be read.
        """
        endpoint = find_hf_home().endpoint
        if not is_address(endpoint):
            raise UsageError(
                "cannot use HF_ENDPOINT",
                f"it is {endpoint!r}, which is no address",
                expected="an address that begins with https:// or http://",
                next_step="correct it, or unset it to ask the hub itself",
            )
        return cls(endpoint, read_token(), kind)

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
        url = f"{self.endpoint}/api/{self.kind}/{repo}/revision/{_quoted(revision)}"
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
        return self._tree(repo, f"{commit}?recursive=true&expand=false", fetcher)

    def files_beside(self, repo: str, commit: str, path: str, fetcher: Fetcher) -> list[HubFile]:
        """The files of a commit in the folder that `path` is in.

        Raises:
            WebError: the hub does not tell.
            StoppedError: the fetcher was cancelled.
        """
        folder = urllib.parse.quote(path.rpartition("/")[0])
        where = f"{commit}/{folder}" if folder else commit
        return self._tree(repo, f"{where}?recursive=false&expand=false", fetcher)

    def _tree(self, repo: str, where: str, fetcher: Fetcher) -> list[HubFile]:
        url = f"{self.endpoint}/api/{self.kind}/{repo}/tree/{where}"
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
        prefix = "" if self.kind == "models" else f"{self.kind}/"
        url = f"{self.endpoint}/{prefix}{repo}/resolve/{commit}/{path}"
        return Wanted(
            url,
            file.blob if file.has_sha256 else "",
            file.size_bytes,
            self._authorization(url),
            git_hash="" if file.has_sha256 else file.blob,
        )

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
