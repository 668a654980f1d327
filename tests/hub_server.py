"""A small hub on loopback: enough of the hub's web interface for its own library and for vlmhb.

It redirects large files to another host name, as the hub does, knows ranges, and misbehaves when
told to.
"""

import hashlib
import json
import re
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

Behaviour = Callable[["Exchange"], None]
_REPO = "((?:models|datasets)/[^/]+/[^/]+)"
LARGE = (".safetensors", ".bin", ".h5", ".onnx", ".gguf", ".zip", ".tsv")


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _plain(repo: str) -> str:
    """As `put` calls it: a repo of models by its name, one of datasets as `datasets/Org/Name`."""
    return repo.removeprefix("models/")


def commit_of(label: str) -> str:
    """A commit's name."""
    return hashlib.sha256(label.encode()).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request."""

    method: str
    path: str
    host: str
    range: str
    authorization: str


@dataclass
class HubServer:
    """What it holds, how it is to behave, and what it was asked."""

    port: int = 0
    commits: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    """Repo -> commit -> path -> content."""
    refs: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Repo -> branch or tag -> commit."""
    gated: dict[str, str] = field(default_factory=dict)
    """Repo -> the only token that may have its files."""
    private: set[str] = field(default_factory=set)
    page_size: int = 1000
    script: dict[str, deque[Behaviour]] = field(default_factory=lambda: defaultdict(deque))
    seen: list[Seen] = field(default_factory=list)
    sent_bytes: Counter[str] = field(default_factory=Counter)
    """Last part of a path -> bytes of it that were sent."""
    released: threading.Event = field(default_factory=threading.Event)
    """Ends every wait of `stall`."""
    stalled: threading.Event = field(default_factory=threading.Event)
    """Somebody waits."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(
        self, repo: str, files: Mapping[str, bytes], commit: str = "", ref: str = "main"
    ) -> str:
        """A new commit on a branch."""
        commit = commit or commit_of(f"{repo} {sorted(files)} {ref}")
        self.commits.setdefault(repo, {})[commit] = dict(files)
        self.refs[repo][ref] = commit
        return commit

    def on(self, part: str, *behaviours: Behaviour) -> None:
        """Answer the next requests for paths with this part in this way, then as it should be."""
        self.script[part].extend(behaviours)

    def paths(self) -> list[str]:
        return [request.path for request in self.seen]

    def behaviour(self, path: str) -> Behaviour | None:
        with self.lock:
            waiting = (queue for part, queue in self.script.items() if part in path and queue)
            queue = next(waiting, None)
            return queue.popleft() if queue else None


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    hub: HubServer
    is_file = False
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub = self.hub
        headers = self.headers
        seen = Seen(
            self.command,
            self.path,
            headers["Host"] or "",
            headers["Range"] or "",
            headers["Authorization"] or "",
        )
        with hub.lock:
            hub.seen.append(seen)
        with suppress(ConnectionError):
            behaviour = hub.behaviour(self.path)
            if behaviour is not None:
                self.close_connection = True
                behaviour(self)
            else:
                self.answer()

    do_HEAD = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, *_args: object) -> None:
        pass

    def answer(self) -> None:
        """As the hub would."""
        path = unquote(urlsplit(self.path).path)
        if match := re.fullmatch(rf"/api/{_REPO}/revision/(.+)", path):
            self._revision(_plain(match[1]), match[2])
        elif match := re.fullmatch(rf"/api/{_REPO}/tree/([^/]+)(?:/(.+))?", path):
            self._tree(_plain(match[1]), match[2], match[3] or "")
        elif match := re.fullmatch(r"/((?:datasets/)?[^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(match[1], match[2], match[3])
        elif match := re.fullmatch(r"/cdn/([0-9a-f]{64})/.+", path):
            self.send_part(self._content(match[1]))
        else:
            self.refuse(404, "")

    def refuse(self, status: int, code: str, **more: str) -> None:
        self.send(status, b'{"error": "no"}', X_Error_Code=code, **more)

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.begin(status, len(content), **headers)
        self.body(content)

    def begin(self, status: int, length: int, **headers: str) -> None:
        self.is_file = status in {200, 206}
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def body(self, content: bytes) -> None:
        if self.command == "HEAD":
            return
        self.wfile.write(content)
        self.wfile.flush()
        if self.is_file:
            with self.hub.lock:
                self.hub.sent_bytes[self.path.rpartition("/")[2]] += len(content)

    def send_part(self, content: bytes, **headers: str) -> None:
        """The file, or the end of it that was asked for."""
        start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").split("-")[0])
        if start == 0:
            self.send(200, content, **headers)
        elif start >= len(content):
            self.refuse(416, "")
        else:
            extent = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.send(206, content[start:], Content_Range=extent, **headers)

    def _revision(self, repo: str, revision: str) -> None:
        commit = self._found(repo, revision)
        if commit:
            siblings = [{"rfilename": path} for path in self.hub.commits[repo][commit]]
            told = {"id": repo, "modelId": repo, "sha": commit, "siblings": siblings, "tags": []}
            self._json({**told, "private": False, "downloads": 0, "likes": 0})

    def _tree(self, repo: str, revision: str, folder: str) -> None:
        commit = self._found(repo, revision)
        if not commit:
            return
        asked = parse_qs(urlsplit(self.path).query)
        files = self.hub.commits[repo][commit]
        folders = sorted({path.rpartition("/")[0] for path in files if "/" in path})
        recursive = asked.get("recursive", ["true"])[0]
        if recursive == "false":
            files = {path: files[path] for path in files if path.rpartition("/")[0] == folder}
            folders = [path for path in folders if path.rpartition("/")[0] == folder]
        if folder and not files:
            self.refuse(404, "EntryNotFound")
            return
        entries = [_entry(path, content) for path, content in sorted(files.items())]
        entries += [
            {"type": "directory", "path": path, "oid": "0" * 40, "size": 0} for path in folders
        ]
        start = int(asked.get("cursor", ["0"])[0])
        stop = start + self.hub.page_size
        tree = urlsplit(self.path).path
        following = f"{self.hub.url}{tree}?recursive={recursive}&cursor={stop}"
        more = {"Link": f'<{following}>; rel="next"'} if stop < len(entries) else {}
        self._json(entries[start:stop], **more)

    def _resolve(self, repo: str, revision: str, path: str) -> None:
        commit = self._found(repo, revision)
        if not commit:
            return
        token = self.hub.gated.get(repo)
        if token and self.headers["Authorization"] != f"Bearer {token}":
            self.refuse(403 if self.headers["Authorization"] else 401, "GatedRepo")
            return
        content = self.hub.commits[repo][commit].get(path)
        if content is None:
            self.refuse(404, "EntryNotFound", X_Repo_Commit=commit)
        elif path.endswith(LARGE):
            sha256 = hashlib.sha256(content).hexdigest()
            self.send(
                302,
                b"",
                Location=f"http://localhost:{self.hub.port}/cdn/{sha256}/{quote(path)}",
                X_Repo_Commit=commit,
                X_Linked_Etag=f'"{sha256}"',
                X_Linked_Size=str(len(content)),
            )
        else:
            self.send_part(content, ETag=f'"{git_hash(content)}"', X_Repo_Commit=commit)

    def _found(self, repo: str, revision: str) -> str:
        """The commit; refuses and gives nothing when there is none."""
        if repo not in self.hub.commits or repo in self.hub.private:
            self.refuse(401, "RepoNotFound")
            return ""
        commit = self.hub.refs[repo].get(revision, revision)
        if commit not in self.hub.commits[repo]:
            self.refuse(404, "RevisionNotFound")
            return ""
        return commit

    def _content(self, sha256: str) -> bytes:
        contents = (
            content
            for commits in self.hub.commits.values()
            for files in commits.values()
            for content in files.values()
        )
        return next(one for one in contents if hashlib.sha256(one).hexdigest() == sha256)

    def _json(self, told: object, **headers: str) -> None:
        self.send(200, json.dumps(told).encode(), Content_Type="application/json", **headers)


def _entry(path: str, content: bytes) -> dict[str, object]:
    if not path.endswith(LARGE):
        return {"type": "file", "path": path, "size": len(content), "oid": git_hash(content)}
    sha256 = hashlib.sha256(content).hexdigest()
    return {
        "type": "file",
        "path": path,
        "size": len(content),
        "oid": "1" * 40,
        "lfs": {"oid": sha256, "size": len(content), "pointerSize": 130},
    }


def refuse(status: int, code: str = "", **headers: str) -> Behaviour:
    return lambda exchange: exchange.refuse(status, code, **headers)


def cut_after(content: bytes, count: int) -> Behaviour:
    """Promise `content` or what is left of it, and hang up after `count` bytes."""

    def answer(exchange: Exchange) -> None:
        start = int((exchange.headers["Range"] or "bytes=0-").removeprefix("bytes=").split("-")[0])
        extent = f"bytes {start}-{len(content) - 1}/{len(content)}"
        more = {"Content_Range": extent} if start else {}
        exchange.begin(206 if start else 200, len(content) - start, **more)
        exchange.body(content[start : start + count])

    return answer


def stall_after(content: bytes, count: int) -> Behaviour:
    """The same, but stay silent instead of hanging up."""

    def answer(exchange: Exchange) -> None:
        cut_after(content, count)(exchange)
        exchange.hub.stalled.set()
        exchange.hub.released.wait(60)

    return answer


def send(content: bytes, **headers: str) -> Behaviour:
    """Another content than it should be."""
    return lambda exchange: exchange.send(200, content, **headers)


@contextmanager
def running_hub() -> Iterator[HubServer]:
    """A hub that listens until the end of the block."""
    hub = HubServer()
    handler = type("Handler", (Exchange,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        hub.port = listening.server_port
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield hub
        finally:
            hub.released.set()
            listening.shutdown()
            thread.join()
