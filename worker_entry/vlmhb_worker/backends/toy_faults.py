"""Ways in which a model goes wrong, by name."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import dataclasses
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from typing import Any, Callable

from vlmhb_worker.backend import DeviceLostError, PageError, Reply

CROWD = 64
LEAK_BYTES = 4 << 20
HOG_BYTES = 256 << 20
SCRATCH_BYTES = 16 << 20


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


class UnprintableError(Exception):
    """Its text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def _raise(error: BaseException) -> Callable[[], None]:
    def fault() -> None:
        raise error

    return fault


def _segv() -> None:
    ctypes.string_at(0)


def _hang() -> None:
    threading.Event().wait()


def _hang_gil() -> None:
    while True:  # a signal ends one sleep
        ctypes.PyDLL(None).sleep(100_000)


def _hang_sleep() -> None:
    while True:
        ctypes.CDLL(None).sleep(100_000)


def _hang_lock() -> None:
    lock = threading.Lock()
    with lock, lock:
        pass


def _hang_regex() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def _hang_int() -> None:
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    number = 3**20_000_000
    while True:
        str(number)


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _hang_deaf() -> None:
    _ignore_signals()
    _hang()


def _hang_deaf_gil() -> None:
    _ignore_signals()
    _hang_gil()


BROKEN: list[BaseException] = []
"""What every call raises, once one has broken the device."""


def raise_if_broken() -> None:
    """As CUDA does after an illegal access: no later call goes well in this process."""
    if BROKEN:
        raise BROKEN[0]


def _sticky() -> None:
    BROKEN.append(RuntimeError("CUDA error: an illegal memory access was encountered"))
    raise_if_broken()


def _exit_in_atexit() -> None:
    atexit.register(os._exit, 3)


def _recurse() -> None:
    _recurse()


def _print() -> None:
    print("noise from Python", flush=True)  # noqa: T201 - what it is for


def _c_print() -> None:
    libc = ctypes.CDLL(None)
    libc.printf(b"noise from C\n")
    libc.fflush(None)


def _raw_print() -> None:
    os.write(1, b"noise on 1\n")


def _print_escapes() -> None:
    """What sets a terminal's clipboard."""
    os.write(2, b"\x1b]52;c;YQ==\x07noise of a terminal\n")


def _child_print() -> None:
    subprocess.run(["echo", "noise from a child"], check=True)


def _flood_stderr() -> None:
    for _ in range(20):
        os.write(2, b"flood" * 200_000)
        os.write(2, b"\n")


def _fork_child() -> None:
    subprocess.Popen(["sleep", "100000"], close_fds=False)


def _fork_daemon() -> None:
    """A grandchild in its own session, holding every inherited file."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            threading.Event().wait()
        os._exit(0)


def _crowd() -> None:
    """As many children, and as many threads."""
    for _ in range(CROWD):
        _fork_child()
        threading.Thread(target=_hang, daemon=True).start()


def _fork_and_hang() -> None:
    _fork_child()
    _fork_daemon()
    _hang_gil()


LEAK: list[bytes] = []
"""What is never given back."""


def _leak() -> None:
    LEAK.append(os.urandom(LEAK_BYTES))


def _hog() -> None:
    LEAK.append(b"x" * HOG_BYTES)
    _hang()


def _fill_scratch() -> None:
    with open(os.path.join(os.environ["TMPDIR"], "filler"), "ab") as file:
        file.write(bytes(SCRATCH_BYTES))


def _flood_a_lot() -> None:
    for _ in range(5):
        _flood_stderr()


def _close_fds() -> None:
    os.closerange(0, 1_000)


def _close_fds_and_hang() -> None:
    _close_fds()
    _hang()


def _close_standard() -> None:
    """What every program has open: none of them is a pipe of the frames."""
    os.closerange(0, 3)


def _garbage_on_fd() -> None:
    """Write into the frames, as a library that guesses file descriptors would."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            if int(name) > 2 and stat.S_ISFIFO(os.fstat(int(name)).st_mode):
                os.write(int(name), b"garbage, not a frame")


SECRETS: dict[str, str] = {}
"""What the toy was told."""


def _print_secret() -> None:
    print(SECRETS, flush=True)  # noqa: T201 - what it is for


def _raise_secret() -> None:
    raise RuntimeError(f"cannot log in with {SECRETS}")


ANSWERS: dict[str, Callable[[], None]] = {
    "segv": _segv,
    "abort": os.abort,
    "sigkill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit0": lambda: os._exit(0),
    "sys_exit": lambda: sys.exit(0),
    "hang": _hang,
    "hang_gil": _hang_gil,
    "hang_deaf": _hang_deaf,
    "hang_sleep": _hang_sleep,
    "hang_lock": _hang_lock,
    "hang_regex": _hang_regex,
    "hang_int": _hang_int,
    "hang_deaf_gil": _hang_deaf_gil,
    "raise": _raise(RuntimeError("the model failed")),
    "page": _raise(PageError("the page cannot be decoded")),
    "oom": _raise(OutOfMemoryError("the GPU is full")),
    "memory": _raise(MemoryError("the host is full")),
    "device_lost": _raise(DeviceLostError("the GPU fell off the bus")),
    "cuda_error": _raise(RuntimeError("CUDA error: device-side assert triggered")),
    "sticky": _sticky,
    "exit_in_atexit": _exit_in_atexit,
    "interrupt": _raise(KeyboardInterrupt()),
    "generator_exit": _raise(GeneratorExit()),
    "unprintable": _raise(UnprintableError()),
    "long_message": _raise(ValueError("x" * 10_000_000)),
    "recurse": _recurse,
    "print": _print,
    "c_print": _c_print,
    "raw_print": _raw_print,
    "child_print": _child_print,
    "print_escapes": _print_escapes,
    "flood_stderr": _flood_stderr,
    "flood_a_lot": _flood_a_lot,
    "print_secret": _print_secret,
    "raise_secret": _raise_secret,
    "fork_child": _fork_child,
    "fork_daemon": _fork_daemon,
    "fork_and_hang": _fork_and_hang,
    "crowd": _crowd,
    "leak": _leak,
    "hog": _hog,
    "fill_scratch": _fill_scratch,
    "close_fds": _close_fds,
    "close_standard": _close_standard,
    "close_fds_and_hang": _close_fds_and_hang,
    "garbage_on_fd": _garbage_on_fd,
}
"""Done while an answer is computed."""

REPLIES: dict[str, Callable[[Reply], Any]] = {
    "bytes": lambda reply: dataclasses.replace(reply, text=b"bytes"),  # type: ignore[arg-type]
    "surrogates": lambda reply: dataclasses.replace(reply, text="a\ud800b"),
    "huge": lambda reply: dataclasses.replace(reply, text="\u4e2d" * 5_000_000),
    "bare_text": lambda reply: reply.text,
    "nan": lambda reply: dataclasses.replace(reply, generate_s=float("nan")),
    "negative": lambda reply: dataclasses.replace(reply, prompt_tokens=-1),
    "finish": lambda reply: dataclasses.replace(reply, finish_reason="tired"),
}
"""What becomes of a good reply."""
