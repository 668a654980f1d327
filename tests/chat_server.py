"""A real HTTP server with an OpenAI-compatible face, which does what a test tells it to."""

import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 30.0
"""Only a broken test waits this long."""

USAGE = {"prompt_tokens": 30, "completion_tokens": 2, "total_tokens": 32}


class Handler(BaseHTTPRequestHandler):
    """One connection. The behaviours below write with its methods."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "_Listener"

    def do_GET(self) -> None:
        chat = self.server.chat
        chat.listed_at_s.append(time.monotonic())
        number = len(chat.listed_at_s) - 1
        if number < len(chat.lists):
            chat.lists[number](self)
        elif chat.models is None:
            self.whole(404, b'{"detail":"Not Found"}')
        elif not chat.is_ready.is_set():
            self.whole(503, b"warming up")
        elif not self.has_key():
            self.whole(401, json.dumps(chat.refusal(self)).encode())
        else:
            rows = [{"id": name, "object": "model"} for name in chat.models]
            self.whole(200, json.dumps({"object": "list", "data": rows}).encode())

    def do_POST(self) -> None:
        chat = self.server.chat
        self.body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = prompt_of(self.body)
        with chat.counting():
            with chat.lock:
                chat.asked[prompt].append(self.body)
                chat.asked_at_s[prompt].append(time.monotonic())
                script = chat.scripts.get(prompt, ())
                number = len(chat.asked[prompt]) - 1
            behave = script[number] if number < len(script) else chat.usual
            behave(self)

    def has_key(self) -> bool:
        wanted = self.server.chat.api_key
        return not wanted or self.headers.get("authorization") == f"Bearer {wanted}"

    def whole(
        self, status: int, content: bytes, kind: str = "application/json", **headers: str
    ) -> None:
        """An answer with a length."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def chunk(self, content: bytes) -> None:
        """One piece of a stream; an empty one ends it."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()

    def event(self, content: object) -> None:
        text = content if isinstance(content, str) else json.dumps(content)
        self.chunk(f"data: {text}\n\n".encode())

    def delta(self, text: str | None, finish_reason: str | None = None, **more: object) -> None:
        delta = {"content": text, **more}
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})

    def end_stream(self) -> None:
        self.event("[DONE]")
        self.chunk(b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Tests look at what came, not at a log."""


Behaviour = Callable[[Handler], None]


@dataclass
class ChatServer:
    """The server and what it saw.

    `scripts` says what becomes of the first, second, ... request with a prompt; further ones, and
    those with other prompts, are treated as `usual`.
    """

    port: int
    models: Sequence[str] | None = ("tiny",)
    api_key: str = ""
    lists: Sequence[Behaviour] = ()
    """What becomes of the first, second, ... question for the models; then `models` are there."""
    listed_at_s: list[float] = field(default_factory=list)
    scripts: dict[str, Sequence[Behaviour]] = field(default_factory=dict)
    asked: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Prompt -> the bodies of its requests."""
    asked_at_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_ready: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    """Somebody closed a connection that waited for more."""

    def __post_init__(self) -> None:
        self.usual: Behaviour = answer("echo")
        self.is_ready.set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @contextmanager
    def counting(self) -> Iterator[None]:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            with self.lock:
                self.at_once -= 1

    def refusal(self, handler: Handler) -> object:
        """As some servers do it, the key that they do not take is repeated."""
        got = handler.headers.get("authorization", "nothing")
        return {"error": {"message": f"Incorrect API key provided: {got}", "code": "invalid_key"}}


def prompt_of(body: Any) -> str:
    """The text of the user's message."""
    content = body["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part["type"] == "text")


def page_urls_of(body: Any) -> list[str]:
    """The pages of the user's message."""
    content = body["messages"][-1]["content"]
    return [part["image_url"]["url"] for part in content if part["type"] == "image_url"]


def answer(text: str, finish_reason: str = "stop", **usage: object) -> Behaviour:
    """A good answer in two pieces, streamed or whole as it was asked for."""

    def behave(handler: Handler) -> None:
        counted = {**USAGE, **usage}
        if not handler.body.get("stream"):
            choice = {"message": {"role": "assistant", "content": text}, "index": 0}
            choice["finish_reason"] = finish_reason
            body = {"choices": [choice], "usage": counted}
            handler.whole(200, json.dumps(body).encode())
            return
        handler.begin_stream()
        handler.delta("", role="assistant")
        handler.delta(text[: len(text) // 2])
        handler.delta(text[len(text) // 2 :])
        handler.delta(None, finish_reason)
        handler.event({"choices": [], "usage": counted})
        handler.end_stream()

    return behave


def status(code: int, message: str = "", **headers: str) -> Behaviour:
    """An error as OpenAI's API writes it."""

    def behave(handler: Handler) -> None:
        handler.whole(code, json.dumps({"error": {"message": message}}).encode(), **headers)

    return behave


def raw(content: bytes, kind: str = "application/json") -> Behaviour:
    """These bytes, with status 200."""
    return lambda handler: handler.whole(200, content, kind)


def events(*contents: object) -> Behaviour:
    """A stream of these events, and its proper end."""

    def behave(handler: Handler) -> None:
        handler.begin_stream()
        for content in contents:
            handler.event(content)
        handler.end_stream()

    return behave


def drop_halfway(handler: Handler) -> None:
    """Close the connection in the middle of an answer."""
    handler.begin_stream()
    handler.delta("half an")
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def drop_at_once(handler: Handler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def gathered(barrier: threading.Barrier, then: Behaviour) -> Behaviour:
    """Answer once as many requests are here as the barrier wants."""

    def behave(handler: Handler) -> None:
        barrier.wait(PATIENCE_S)
        then(handler)

    return behave


def announced(event: threading.Event, then: Behaviour) -> Behaviour:
    """Tell the test that the request is here, and go on."""

    def behave(handler: Handler) -> None:
        event.set()
        then(handler)

    return behave


def delayed(event: threading.Event, limit_s: float, then: Behaviour) -> Behaviour:
    """Go on when the event comes, or after a while without it."""

    def behave(handler: Handler) -> None:
        event.wait(limit_s)
        then(handler)

    return behave


def endless(handler: Handler) -> None:
    """Write on and on, until the other side closes."""
    handler.begin_stream()
    try:
        while True:
            handler.delta("more ")
            threading.Event().wait(0.01)
    except OSError:
        handler.close_connection = True
        handler.server.chat.closed.set()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    chat: ChatServer

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def close_connections(self) -> None:
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that closes its connection is what some tests are about."""


@contextmanager
def chat_server(port: int = 0, **changes: Any) -> Iterator[ChatServer]:
    """A server that listens on this machine until the end of the block."""
    listener = _Listener(port)
    listener.chat = ChatServer(listener.server_address[1], **changes)
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener.chat
    finally:
        listener.shutdown()
        listener.server_close()
        listener.close_connections()
        thread.join(PATIENCE_S)
