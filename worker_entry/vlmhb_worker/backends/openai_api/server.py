"""A server of vLLM or SGLang, started in the worker's venv and gone with the worker."""

import collections
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from typing import Any, Callable, Deque, Dict, List

from vlmhb_worker.backends.openai_api.settings import ServerSettings

KEPT_LINES = 25
SHOWN_CHARS = 3_000
"""Of those lines; an error's message has room for 4,000, and the end is what counts."""
STOP_TIMEOUT_S = 15.0
TICK_S = 1.0

MODULES = {"vllm": "vllm.entrypoints.openai.api_server", "sglang": "sglang.launch_server"}


class ServerEndedError(Exception):
    """The server ended before it was ready."""


class Server:
    """A server's process: what it says goes into the worker's log."""

    def __init__(self, settings: ServerSettings, weights: str, name: str, scratch: str) -> None:
        self.api_key = secrets.token_urlsafe(32)
        self._engine = settings.engine
        self._port = _free_port()
        self.pages = os.path.join(scratch, "pages")
        """The folder whose files it may read."""
        os.makedirs(self.pages, exist_ok=True)
        self._lines: Deque[str] = collections.deque(maxlen=KEPT_LINES)
        self._process = subprocess.Popen(
            [*self._command(weights, name, scratch), *settings.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=scratch,
            env=self._environment(),
            # A group of its own, so that its own processes can be stopped with it.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="server-log", daemon=True)
        self._reader.start()

    @property
    def base_url(self) -> str:
        """Where it listens, for this machine alone."""
        return f"http://127.0.0.1:{self._port}/v1"

    def how_it_ended(self) -> str:
        """Its exit and its last lines; empty while it runs."""
        code = self._process.poll()
        if code is None:
            return ""
        self._reader.join(TICK_S)
        how = f"exit code {code}" if code >= 0 else f"signal {-code}"
        last = "\n".join(self._lines)[-SHOWN_CHARS:]
        return f"the {self._engine} server ended ({how}); its last lines:\n{last}"

    def wait(self, progress: Callable[[str], None]) -> None:
        """Let a second go by, and report the last line as the stage.

        Raises:
            ServerEndedError: it ended.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(TICK_S)
        end = self.how_it_ended()
        if end:
            raise ServerEndedError(end)
        progress(self._lines[-1] if self._lines else f"start {self._engine}")

    def stop(self) -> None:
        """End it and what it started: asked first, killed when that does not help."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_TIMEOUT_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(TICK_S)

    def _command(self, weights: str, name: str, scratch: str) -> List[str]:
        # -B: bytecode that an engine leaves in the env makes the next run build the env again.
        command = [sys.executable, "-s", "-B", "-m", MODULES[self._engine]]
        where = ["--host", "127.0.0.1", "--port", str(self._port), "--served-model-name", name]
        if self._engine == "vllm":
            pages = ["--allowed-local-media-path", self.pages, "--enable-prompt-tokens-details"]
            return [*command, "--model", weights, *where, *pages]
        # Not as an argument: everybody on this machine may read those.
        file = os.path.join(scratch, "sglang.yaml")
        with open(file, "w", opener=_for_us_alone) as config:
            config.write(f"api-key: {self.api_key}\n")
        return [*command, "--model-path", weights, *where, "--config", file]

    def _environment(self) -> Dict[str, str]:
        environment = {**os.environ, "TMPDIR": _short_path(tempfile.gettempdir())}
        if self._engine == "vllm":
            environment["VLLM_API_KEY"] = self.api_key
        return environment

    def _read(self) -> None:
        pipe: Any = self._process.stdout
        for line in iter(lambda: pipe.readline(1 << 14), b""):
            text = line.decode("utf-8", "replace").replace(self.api_key, "***").rstrip()
            text = text.rpartition("\r")[2]  # of a progress bar, its last state
            if text:
                self._lines.append(text)
                sys.stderr.write(text + "\n")
        pipe.close()


def _short_path(folder: str) -> str:
    """The same folder by another name, as long as this process lives.

    Engines put sockets into it, whose paths have room for 107 characters.
    """
    return f"/proc/{os.getpid()}/fd/{os.open(folder, os.O_RDONLY | os.O_DIRECTORY)}"


def _free_port() -> int:
    """A port that nobody listens on now; should somebody take it meanwhile, the server ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
