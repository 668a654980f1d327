"""A worker's process: started, watched, signalled, ended and buried."""

import contextlib
import errno
import fcntl
import os
import shutil
import signal
import subprocess  # noqa: TID251 - the second of the two files that start processes
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil
import vlmhb_worker

from vlmhb.errors import WorkerError
from vlmhb.system.owner import is_dead, own_name
from vlmhb.system.process import inherited_environment
from vlmhb.system.remedies import REMEDIES, remedy
from vlmhb.worker.arena import Arena
from vlmhb.worker.hub_view import lay_out
from vlmhb.worker.launch import Launch, passed_on, worker_environment
from vlmhb.worker.seal import Seal
from vlmhb.worker.walls import Walls, as_open_file, interpreter_paths, spec_of

ENTRY = Path(vlmhb_worker.__file__).with_name("__main__.py")

GUARD = (sys.executable, "-I", "-S", "-B", str(ENTRY), "--walls")
"""No code of an env, and none from the user's folders, runs before the walls stand."""

SCRATCH = "vlmhb-worker-"
"""Begins the name of a scratch folder; its owner's name follows."""

NO_ARENA = -1
"""In place of the number of an open file."""

PIPE_BYTES = 1 << 20
"""What each pipe may hold, where the kernel allows it: as it comes it is 64 KiB."""

TERM_GRACE_S = 3.0
KILL_GRACE_S = 5.0

NOT_THERE = (errno.ENOENT, errno.EACCES, errno.ENOEXEC)


class WorkerProcess:
    """The guard of a worker, with the pipes to the worker behind it.

    The thread that creates it must outlive the worker: the kernel kills the guard with the thread
    that started it, which is how a worker dies with its host.
    """

    def __init__(self, launch: Launch) -> None:
        self.scratch = make_scratch(launch)
        self.arena = _make_arena()
        """None where there is no shared memory."""
        try:
            furnish(self.scratch, launch)
            self.weights_seal = Seal.on(launch.weights)
            self._popen = _start(launch, self.scratch, self.arena)
            self.death = self._watch_death(launch)
            """Readable from the guard's death on, whoever still holds the pipes."""
        except BaseException:
            self._give_back()
            raise
        self.pid = self._popen.pid
        self.requests = _fd(self._popen.stdin)
        self.answers = _fd(self._popen.stdout)
        self.errors = _fd(self._popen.stderr)
        for pipe in (self.requests, self.answers, self.errors):
            with contextlib.suppress(OSError):  # beyond what one user may hold in pipes
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def terminate(self) -> None:
        """Have the guard kill the worker and all its processes, at once."""
        self._popen.terminate()
        self._popen.send_signal(signal.SIGCONT)  # for a guard that somebody stopped

    def dump_stacks(self) -> None:
        """Have the worker print the stack of each of its threads to stderr."""
        self._popen.send_signal(signal.SIGUSR1)

    def kill_tree(self) -> None:
        """Kill guard, worker and descendants from here, for a guard that does not react."""
        with contextlib.suppress(psutil.Error, OSError):  # looking there takes open files
            below = psutil.Process(self.pid).children(recursive=True)
            for process in below:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        self._popen.kill()

    def end(self) -> None:
        """Make it end while nobody else looks after it, and wait until it has."""
        self.terminate()
        try:
            self._popen.wait(TERM_GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill_tree()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(KILL_GRACE_S)

    def returncode(self) -> int | None:
        """As subprocess counts: the exit code, minus the signal, None while it lives."""
        return self._popen.poll()

    def close(self) -> None:
        """Give back the pipes, the arena and the scratch folder."""
        self._close_pipes()
        os.close(self.death)
        self._give_back()

    def _give_back(self) -> None:
        if self.arena is not None:
            self.arena.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _close_pipes(self) -> None:
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()

    def _watch_death(self, launch: Launch) -> int:
        try:
            return os.pidfd_open(self._popen.pid)
        except (AttributeError, OSError):  # an old kernel, or a sandbox that knows no pidfd
            try:
                reader, writer = os.pipe()
            except OSError as error:
                self._popen.kill()
                self._popen.wait()
                self._close_pipes()
                raise cannot_start(launch, error) from error
            threading.Thread(target=self._wait_and_close, args=(writer,), daemon=True).start()
            return reader

    def _wait_and_close(self, writer: int) -> None:
        self._popen.wait()
        os.close(writer)


def make_scratch(launch: Launch) -> Path:
    """A folder of this worker's own, which nobody but its user may look into."""
    try:
        launch.scratch.mkdir(parents=True, exist_ok=True)
        _sweep(launch.scratch)
        prefix = f"{SCRATCH}{own_name()}-"
        scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=launch.scratch)).resolve()
    except OSError as error:
        raise WorkerError(
            f"cannot start worker {launch.name}",
            f"no scratch folder below {launch.scratch}: {error.strerror}",
            next_step=REMEDIES.get(
                error.errno or 0, "free space there, or set TMPDIR to another folder"
            ),
        ) from error
    return scratch


def furnish(scratch: Path, launch: Launch) -> None:
    """Put into the folder what a worker finds there."""
    try:
        (scratch / "tmp").mkdir()
        (scratch / "cache").mkdir()
        lay_out(launch.weights, scratch)
        if launch.walls is not None and launch.walls.uid is not None:
            _give_away(scratch, launch.walls.uid)
    except OSError as error:
        raise WorkerError(
            f"cannot start worker {launch.name}",
            f"{error.filename2 or error.filename}: {error.strerror}",
            next_step=REMEDIES.get(
                error.errno or 0, "free space there, or set TMPDIR to another folder"
            ),
        ) from error


def _sweep(folder: Path) -> None:
    """Delete the scratch folders that killed hosts left behind."""
    for scratch in folder.glob(f"{SCRATCH}*"):
        owner, _, _ = scratch.name.removeprefix(SCRATCH).rpartition("-")
        if is_dead(owner):
            shutil.rmtree(scratch, ignore_errors=True)


def _make_arena() -> Arena | None:
    try:
        return Arena()
    except (AttributeError, OSError):  # an old kernel, or a sandbox that knows no memfd
        return None


def _give_away(folder: Path, uid: int) -> None:
    os.chown(folder, uid, uid)
    for above, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(Path(above, name), uid, uid)


def _start(launch: Launch, scratch: Path, arena: Arena | None) -> "subprocess.Popen[bytes]":
    environment = worker_environment(inherited_environment(passed_on(launch)), launch, scratch)
    memory = () if arena is None else (arena.fd,)
    if launch.walls is not None:
        behind = (launch.python, "-s", str(ENTRY), "--behind", launch.lent)
        return start_behind(launch.walls, launch, behind, environment, scratch, memory)
    holds = ",".join(str(fd) for fd in launch.holds)
    words = ("-s", str(ENTRY), str(os.getpid()), holds, launch.lent, str((*memory, NO_ARENA)[0]))
    try:
        return subprocess.Popen(
            [launch.python, *words],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env=environment,
            start_new_session=True,
            pass_fds=(*launch.holds, *memory),
        )
    except OSError as error:
        raise cannot_start(launch, error) from error


def start_behind(
    walls: Walls,
    launch: Launch,
    words: Sequence[str],
    environment: Mapping[str, str],
    scratch: Path,
    kept: tuple[int, ...],
) -> "subprocess.Popen[bytes]":
    """The guard of a program that runs behind walls, with pipes to the program.

    Its last arguments are its guard's pid and the numbers of the open files that it has: one that
    says when the guard is ready, then `kept`.
    """
    if not Path(launch.python).exists():  # which only the program behind the walls would notice
        raise cannot_start(launch, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    spec = spec_of(walls, words, environment, scratch, readable_by(launch))
    holds, keeps = (",".join(str(fd) for fd in fds) for fds in (launch.holds, kept))
    try:
        with as_open_file(spec) as told:
            fd = told.fileno()
            return subprocess.Popen(
                [*GUARD, str(os.getpid()), holds, keeps, str(fd)],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=scratch,
                env={},
                start_new_session=True,
                pass_fds=(*launch.holds, *kept, fd),
            )
    except OSError as error:
        raise cannot_start(launch, error) from error


def readable_by(launch: Launch) -> tuple[str, ...]:
    """What a worker reads beside its scratch folder and the system."""
    contents = (
        str(Path(one.folder, name).resolve()) for one in launch.weights for name in one.files
    )
    lent = (launch.lent,) if launch.lent else ()
    own = interpreter_paths(launch.python)
    return (*own, str(ENTRY.parent), *lent, *contents, *launch.drivers, *launch.reads)


def cannot_start(launch: Launch, error: OSError) -> WorkerError:
    """The error that says why, and what can be done about it."""
    doing = f"cannot start worker {launch.name}"
    if error.errno in NOT_THERE:
        return WorkerError(
            doing,
            f"{launch.python}: {error.strerror}",
            expected="the interpreter of a built env",
            next_step="build the env again",
        )
    return WorkerError(
        doing,
        f"{error.strerror} (errno {error.errno})",
        next_step=remedy(error),
    )


def _fd(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise AssertionError("every pipe was asked for")
    return pipe.fileno()
