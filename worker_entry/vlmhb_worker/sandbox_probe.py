"""A self-test: tries from behind the walls what must not work, and what must.

Runs like a worker, as a file in the model's venv, with the targets as JSON for its argument. It
prints one JSON object: `probes`, each `denied` or `allowed`, and `broken`, what a model needs and
does not get. Nothing is changed: what is tried to be written is opened and closed again.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import stat
import sys
import tempfile
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict

    Targets = Dict[str, Any]

PTRACE_DETACH = 17
PTRACE_SEIZE = 0x4206
SYS_PTRACE = {"x86_64": 101, "aarch64": 117}
SYS_KEYCTL = {"x86_64": 250, "aarch64": 219}
SYS_IO_URING_SETUP = 425
KEYCTL_GET_KEYRING_ID = 0
SESSION_KEYRING = -3
CLONE_NEWUSER = 0x10000000
RLIMIT_NOFILE = 7
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - where the C library looks for it

libc = ctypes.CDLL(None, use_errno=True)


class DeniedError(Exception):
    """The kernel refused."""


def checked(result: int) -> int:
    """The result of a call of the C library."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def read(path: str) -> None:
    """Get at least one byte."""
    with open(path, "rb", buffering=0) as file:
        file.read(1)


def write(path: str) -> None:
    """Open it for writing, and leave it at that."""
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND))


def list_folder(path: str) -> None:
    """See at least one name."""
    with os.scandir(path) as entries:
        next(entries, None)


def create_in(folder: str) -> None:
    """Make a folder there, and take it away again."""
    path = os.path.join(folder, f".vlmhb-probe-{os.getpid()}")
    os.mkdir(path)
    os.rmdir(path)


def truncate(path: str) -> None:
    """Cut it off by its name, else by opening it, which is another right."""
    try:
        os.truncate(path, 4)
    except OSError:
        os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))


def bait(targets: Targets, name: str) -> str:
    """The path of something that was put there to be attacked."""
    return os.path.join(targets["bait"], name)


def read_memory(pid: int) -> None:
    """Read a page of its memory, wherever there is one."""
    with open(f"/proc/{pid}/maps") as maps:
        start = int(maps.readline().partition("-")[0], 16)
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(start)
        memory.read(1)


def trace(pid: int) -> None:
    """Attach to it, and let go at once."""
    number = SYS_PTRACE[os.uname().machine]
    checked(libc.syscall(number, PTRACE_SEIZE, pid, None, None))
    libc.syscall(number, PTRACE_DETACH, pid, None, None)


def limit(pid: int) -> None:
    """Set a limit of it to what that is."""
    old = ctypes.create_string_buffer(16)
    checked(libc.prlimit(pid, RLIMIT_NOFILE, None, old))
    checked(libc.prlimit(pid, RLIMIT_NOFILE, old, None))


def open_tcp() -> None:
    """Have a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.bind(("127.0.0.1", 0))


def connect(address: list[Any]) -> None:
    """Reach a port of the host."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.settimeout(5.0)
        one.connect((address[0], address[1]))


def open_udp() -> None:
    """Send into the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"", ("127.0.0.1", 9))


def keys() -> None:
    """Reach the keyring of the session."""
    number = SYS_KEYCTL[os.uname().machine]
    checked(libc.syscall(number, KEYCTL_GET_KEYRING_ID, SESSION_KEYRING, 1))


def io_uring() -> None:
    """Have a ring of it."""
    parameters = ctypes.create_string_buffer(120)
    os.close(checked(libc.syscall(SYS_IO_URING_SETUP, 1, parameters)))


def new_namespace() -> None:
    """Become root of a namespace, in a child."""
    child = os.fork()
    if child == 0:
        os._exit(0 if libc.unshare(CLONE_NEWUSER) == 0 else 1)
    if os.waitpid(child, 0)[1] != 0:
        raise DeniedError


def become_root() -> None:
    """Be it, or get a capability of it back."""
    if os.geteuid() == 0:
        # Root without capabilities may not become somebody else.
        os.setgroups([])
    else:
        os.setuid(0)


PROBES: dict[str, Callable[[Targets], Any]] = {
    "read the host's environment": lambda t: read(f"/proc/{t['host']}/environ"),
    "read the host's memory": lambda t: read_memory(t["host"]),
    "trace the host": lambda t: trace(t["host"]),
    "signal the host": lambda t: os.kill(t["host"], 0),
    "signal its guard": lambda t: os.kill(t["guard"], 0),
    "limit the host": lambda t: limit(t["host"]),
    "read the hub's token": lambda t: read(t["token"] or bait(t, "token")),
    "read another's scratch": lambda t: read(bait(t, "scratch/file")),
    "list another's scratch": lambda t: list_folder(bait(t, "scratch")),
    "write another's scratch": lambda t: write(bait(t, "scratch/file")),
    "write the run folder": lambda t: write(t["run_file"] or bait(t, "run/file")),
    "add to the run folder": lambda t: create_in(t["run_folder"] or bait(t, "run")),
    "truncate a file": lambda t: truncate(bait(t, "given/file")),
    "delete a file": lambda t: os.unlink(bait(t, "run/deletable")),
    "change a file's mode": lambda t: os.chmod(bait(t, "run/file"), 0o644),
    "write the env": lambda t: write(t["env_file"]),
    "write weights": lambda t: write(t["weights_file"] or bait(t, "run/file")),
    "write the worker's code": lambda _: write(os.path.abspath(__file__)),
    "add to the cache": lambda t: create_in(t["cache"]),
    "become root": lambda _: become_root(),
    "open a TCP port": lambda _: open_tcp(),
    "reach a TCP port": lambda t: connect(t["port"]),
    "send UDP": lambda _: open_udp(),
    "read the run folder": lambda t: read(t["run_file"] or bait(t, "run/file")),
    "list the user's home": lambda t: list_folder(t["home"]),
    "read the keyring": lambda _: keys(),
    "use io_uring": lambda _: io_uring(),
    "make a namespace": lambda _: new_namespace(),
}


def denied(probe: Callable[[Targets], Any], targets: Targets) -> bool:
    """Whether the kernel kept this process from it."""
    try:
        probe(targets)
    except DeniedError:
        return True
    except OSError:
        return True
    return False


def import_libraries(_targets: Targets) -> None:
    """Those of Python's own that look at the machine when they are imported."""
    import ssl  # noqa: F401


def start_child(_targets: Targets) -> None:
    """Another Python of the same env."""
    words = [sys.executable, "-I", "-S", "-c", ""]
    pid = os.posix_spawn(words[0], words, dict(os.environ))
    if os.waitpid(pid, 0)[1] != 0:
        raise OSError(errno.ECHILD, "a child process fails")


def start_thread(_targets: Targets) -> None:
    """And wait for it."""
    done = threading.Event()
    threading.Thread(target=done.set).start()
    if not done.wait(10):
        raise OSError(errno.EAGAIN, "a thread does not run")


def use_files(_targets: Targets) -> None:
    """Write, read, and move from one folder into another."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        path = os.path.join(folder, "file")
        with open(path, "wb") as file:
            file.write(b"1")
        os.rename(path, os.path.join(other, "file"))
        read(os.path.join(other, "file"))


def share_memory(_targets: Targets) -> None:
    """As processes of one model do."""
    if not os.path.isdir(SHARED_MEMORY):
        return
    name = os.path.join(SHARED_MEMORY, f"vlmhb-probe-{os.getpid()}")
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.ftruncate(fd, 4096)
    finally:
        os.close(fd)
        os.unlink(name)


def use_devices(_targets: Targets) -> None:
    """Those of every Linux system."""
    read("/dev/urandom")
    write("/dev/null")


def talk_to_itself(targets: Targets) -> None:
    """As an engine of several processes does."""
    if targets["network"] != "none":
        with socket.socket() as server, socket.socket() as client:
            server.bind(("127.0.0.1", 0))
            server.listen(1)
            client.connect(server.getsockname())
    socket.socketpair()[0].close()


def read_what_it_needs(targets: Targets) -> None:
    """Weights, and what the model file names."""
    for path in targets["readable"]:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            list_folder(path)
        elif stat.S_ISREG(mode):  # a pipe would wait for somebody who writes
            read(path)


def start_cuda(targets: Targets) -> None:
    """As every library for NVIDIA GPUs does first."""
    if not targets["cuda"]:
        return
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise OSError(errno.ENOENT, f"libcuda.so.1 cannot be loaded: {error}") from error
    code = cuda.cuInit(0)
    if code != 0:
        raise OSError(errno.ENODEV, f"cuInit says {code}")


NEEDS: dict[str, Callable[[Targets], None]] = {
    "libraries": import_libraries,
    "child processes": start_child,
    "threads": start_thread,
    "temporary files": use_files,
    "shared memory": share_memory,
    "devices": use_devices,
    "sockets of its own": talk_to_itself,
    "files it was given": read_what_it_needs,
    "CUDA": start_cuda,
}


def problem(need: Callable[[Targets], None], targets: Targets) -> str:
    """What goes wrong with it; empty when it works."""
    try:
        need(targets)
    except ModuleNotFoundError:  # this Python never had it
        return ""
    except (OSError, ImportError, RuntimeError) as error:
        where = getattr(error, "filename", None)
        what = getattr(error, "strerror", None) or str(error)
        return f"{what}: {where}" if where else what
    return ""


def main() -> None:
    """Try everything and tell."""
    targets: Targets = json.loads(sys.argv[1])
    targets["guard"] = os.getppid()
    tried = {
        name: "denied" if denied(probe, targets) else "allowed" for name, probe in PROBES.items()
    }
    needs = {name: problem(need, targets) for name, need in NEEDS.items()}
    said = json.dumps({"probes": tried, "broken": {n: why for n, why in needs.items() if why}})
    sys.stdout.write(said + "\n")


if __name__ == "__main__":
    main()
