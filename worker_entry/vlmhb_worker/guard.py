"""The process between host and worker: whatever way the worker goes, nothing of it stays.

The process the host started forks once, before any library has started a thread. Its child is the
worker. The parent stays behind as a small guard that adopts everything the worker's children leave
behind (PR_SET_CHILD_SUBREAPER), and kills it all when the host dies, when the host says so
(SIGTERM) or when the worker ends. Then it ends the way the worker ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import resource
import signal

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
EXIT_ORPHANED = 1
EXIT_GUARD_BROKE = 70

STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
WATCHED = STOPS | {signal.SIGCHLD, signal.SIGUSR1}


def split(host_pid: int, frames: tuple[int, ...], hold: int) -> None:
    """Return in the worker, a new process; the calling process becomes its guard for good.

    `frames` are the pipes that only the worker keeps. `hold` is an open file that only the guard
    keeps, so that a lock on it lasts as long as the worker and no model can give it up; or -1.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Blocked before the fork: no signal can fall between a handler and the wait for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    guard_pid = os.getpid()
    worker_pid = os.fork()
    if worker_pid == 0:
        if hold >= 0:
            os.close(hold)
        _become_worker(guard_pid)
        return
    try:
        for fd in frames:
            os.close(fd)
        _end_as(_watch(worker_pid, host_pid))
    except BaseException:  # noqa: BLE001 - nothing may return from here into the worker's code
        import traceback

        traceback.print_exc()
    finally:
        os._exit(EXIT_GUARD_BROKE)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"prctl({option}): {os.strerror(errno)}")


def _become_worker(guard_pid: int) -> None:
    os.setsid()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != guard_pid:
        os._exit(EXIT_ORPHANED)  # the guard died before the line above took effect
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    # When memory runs out, the kernel should take the model and spare the host.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def _watch(worker_pid: int, host_pid: int) -> int:
    """Wait until the worker ends or must end; its wait status once nothing of it is left."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != host_pid:  # the host died before the line above took effect
        _sweep(worker_pid)
        return signal.SIGTERM
    while not _has_ended(worker_pid):
        received = signal.sigwait(WATCHED)
        if received in STOPS:
            _sweep(worker_pid)
            return signal.SIGTERM
        if received == signal.SIGUSR1:
            os.kill(worker_pid, signal.SIGUSR1)
    return _sweep(worker_pid)


def _has_ended(worker_pid: int) -> bool:
    """Bury adopted children; True when the worker is dead, which stays unburied.

    As long as it is, its process group cannot become somebody else's.
    """
    while True:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return False
        if ended.si_pid == worker_pid:
            return True
        os.waitpid(ended.si_pid, 0)


def _sweep(worker_pid: int) -> int:
    """Kill the worker and all that came from it; the worker's wait status."""
    status = 0
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(worker_pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(worker_pid, signal.SIGKILL)
    while True:
        for pid in _descendants():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            pid, ended = os.waitpid(-1, 0)
            while pid:
                status = ended if pid == worker_pid else status
                pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status


def _descendants() -> list[int]:
    """Every process below this one."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            # Processes come and go while we look.
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                after_name = file.read().rpartition(b")")[2].split()
                children.setdefault(int(after_name[1]), []).append(int(name))
    found = list(children.get(os.getpid(), ()))
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def _end_as(status: int) -> None:
    """End this process with the exit code or by the signal in `status`."""
    if not os.WIFSIGNALED(status):
        os._exit(os.WEXITSTATUS(status))
    ending = os.WTERMSIG(status)
    _prctl(PR_SET_DUMPABLE, 0)  # RLIMIT_CORE does not stop cores that go to a program
    with contextlib.suppress(OSError):  # SIGKILL has no handler to reset
        signal.signal(ending, signal.SIG_DFL)
    os.kill(os.getpid(), ending)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {ending})
