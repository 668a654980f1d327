"""The process between host and worker: whatever way the worker goes, nothing of it stays.

The process the host started forks once, before any library has started a thread. Its child is the
worker. The parent stays behind as a small guard that adopts everything the worker's children leave
behind (PR_SET_CHILD_SUBREAPER), and kills it all when the host dies, when the host says so
(SIGTERM) or when the worker ends. Then it ends the way the worker ended.
"""

from __future__ import annotations

import _signal as signal  # `signal` itself costs every start an import of `enum`
import faulthandler
import os
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
EXIT_ORPHANED = 1
EXIT_GUARD_BROKE = 70

STOPS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT})
WATCHED = STOPS | {signal.SIGCHLD, signal.SIGUSR1}


class Split:
    """The worker's side of the split."""

    def __init__(self, guard_pid: int, guard_is_ready: int) -> None:
        self._guard_pid = guard_pid
        self._guard_is_ready = guard_is_ready

    def complete(self) -> None:
        """Tie this process to its guard. The greeting need not wait for it, a model must."""
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._guard_pid or not os.read(self._guard_is_ready, 1):
            os._exit(EXIT_ORPHANED)  # the guard died before it could be tied to us
        os.close(self._guard_is_ready)

    def handed_on(self) -> tuple[int, int]:
        """The guard's pid and the open file that says when it is ready, for `behind`."""
        return self._guard_pid, self._guard_is_ready


def behind(guard_pid: int, guard_is_ready: int) -> Split:
    """Return in a worker that became another program after the split."""
    _show_stacks()
    return Split(guard_pid, guard_is_ready)


def split(host_pid: int, frames: tuple[int, ...], holds: tuple[int, ...]) -> Split:
    """Return in the worker, a new process; the calling process becomes its guard for good.

    `frames` are the files that only the worker keeps. `holds` are open files that only the guard
    keeps, so that locks on them last as long as the worker and no model can give them up.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # Blocked before the fork: no signal can fall between a handler and the wait for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    guard_pid = os.getpid()
    is_ready, say_ready = os.pipe()
    worker_pid = os.fork()
    if worker_pid == 0:
        for fd in (*holds, say_ready):
            os.close(fd)
        _become_worker()
        return Split(guard_pid, is_ready)
    try:
        for fd in (*frames, is_ready):
            os.close(fd)
        _end_as(_watch(worker_pid, host_pid, say_ready))
    except BaseException:  # noqa: BLE001 - nothing may return from here into the worker's code
        import traceback

        traceback.print_exc()
    finally:
        os._exit(EXIT_GUARD_BROKE)


def _prctl(option: int, value: int) -> None:
    import ctypes  # as much to import as a fifth of a bare start

    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"prctl({option}): {os.strerror(errno)}")


def _become_worker() -> None:
    os.setsid()
    _show_stacks()
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    # When memory runs out, the kernel should take the model and spare the host.
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:  # a sandbox without /proc
        return


def _show_stacks() -> None:
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1, all_threads=True)


def _watch(worker_pid: int, host_pid: int, say_ready: int) -> int:
    """Wait until the worker ends or must end; its wait status once nothing of it is left."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    _say(say_ready)
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


def _say(ready: int) -> None:
    try:
        os.write(ready, b"!")
    except BrokenPipeError:  # the worker is gone already
        return
    finally:
        os.close(ready)


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
    _kill_by(os.killpg, worker_pid)
    _kill_by(os.kill, worker_pid)
    while True:
        for pid in _descendants():
            _kill_by(os.kill, pid)
        try:
            pid, ended = os.waitpid(-1, 0)
            while pid:
                status = ended if pid == worker_pid else status
                pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status


def _kill_by(call: Callable[[int, int], None], pid: int) -> None:
    """Kill what is there to be killed."""
    try:
        call(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _descendants() -> list[int]:
    """Every process below this one."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                after_name = file.read().rpartition(b")")[2].split()
        except OSError:  # processes come and go while we look
            continue
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
    if ending != signal.SIGKILL:  # which has no handler to reset
        signal.signal(ending, signal.SIG_DFL)
    os.kill(os.getpid(), ending)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {ending})
