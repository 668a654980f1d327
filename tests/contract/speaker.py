"""An interpreter that is no worker: it writes what a test tells it where frames belong."""

import stat
import sys
from pathlib import Path

from vlmhb_worker import wire

HELLO: wire.Message = {
    "type": "hello",
    "protocol": [2, 2],
    "worker_version": "0",
    "python": "3.8.1",
    "pid": 7,
}
LIVES_ON = "signal.pause()"
ENDS = "sys.exit(0)"
IS_KILLED = "os.kill(os.getpid(), signal.SIGKILL)"


def speaker(folder: Path, content: bytes, then: str = LIVES_ON) -> str:
    """Its path; it writes `content` and does `then`."""
    (folder / "said").write_bytes(content)
    program = folder / "python"
    program.write_text(
        f"#!{sys.executable}\n"
        "import os, pathlib, signal, sys\n"
        "sys.stdout.buffer.write(pathlib.Path(__file__).with_name('said').read_bytes())\n"
        "sys.stdout.buffer.flush()\n"
        f"{then}\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(program)


def said(message: wire.Message) -> bytes:
    """Its frame."""
    return wire.encode(message, wire.FROM_WORKER)
