"""A worker's process: started, watched, signalled, ended and buried."""

import contextlib
import os
import shutil
import signal
import subprocess  # noqa: TID251 - the second of the two files that start processes
import tempfile
import threading
from pathlib import Path
from typing import IO

import psutil
import vlmhb_worker

from vlmhb.errors import WorkerError
from vlmhb.system.process import inherited_environment
from vlmhb.worker.launch import PASSED_ON, Launch, worker_environment

ENTRY = Path(vlmhb_worker.__file__).with_name("__main__.py")


class WorkerProcess:
    """The guard of a worker, with the pipes to the worker behind it.

    The thread that creates it must outlive the worker: the kernel kills the guard with the thread
    that started it, which is how a worker dies with its host.
    """

    def __init__(self, launch: Launch) -> None:
        self.scratch = _make_scratch(launch)
        try:
            self._popen = _start(launch, self.scratch)
        except BaseException:
            shutil.rmtree(self.scratch, ignore_errors=True)
            raise
        self.pid = self._popen.pid
        self.requests = _fd(self._popen.stdin)
        self.answers = _fd(self._popen.stdout)
        self.errors = _fd(self._popen.stderr)
        self.death = self._watch_death()
        """Readable from the guard's death on, whoever still holds the pipes."""

    def terminate(self) -> None:
        """Have the guard kill the worker and all its processes, at once."""
        self._popen.terminate()

    def dump_stacks(self) -> None:
        """Have the worker print the stack of each of its threads to stderr."""
        self._popen.send_signal(signal.SIGUSR1)

    def kill_tree(self) -> None:
        """Kill guard, worker and descendants from here, for a guard that does not react."""
        with contextlib.suppress(psutil.Error):
            below = psutil.Process(self.pid).children(recursive=True)
            for process in below:
                with contextlib.suppress(psutil.Error):
                    process.kill()
        self._popen.kill()

    def returncode(self) -> int | None:
        """As subprocess counts: the exit code, minus the signal, None while it lives."""
        return self._popen.poll()

    def close(self) -> None:
        """Give back the pipes and the scratch folder."""
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()
        os.close(self.death)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _watch_death(self) -> int:
        try:
            return os.pidfd_open(self.pid)
        except (AttributeError, OSError):  # an old kernel, or a sandbox that knows no pidfd
            reader, writer = os.pipe()
            threading.Thread(target=self._wait_and_close, args=(writer,), daemon=True).start()
            return reader

    def _wait_and_close(self, writer: int) -> None:
        self._popen.wait()
        os.close(writer)


def _make_scratch(launch: Launch) -> Path:
    try:
        launch.scratch.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix="worker-", dir=launch.scratch)).resolve()
        (scratch / "tmp").mkdir()
        (scratch / "cache").mkdir()
    except OSError as error:
        raise WorkerError(
            f"cannot start worker {launch.name}",
            f"no scratch folder below {launch.scratch}: {error.strerror}",
            next_step="free space there, or choose another folder",
        ) from error
    return scratch


def _start(launch: Launch, scratch: Path) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            [launch.python, "-s", str(ENTRY), str(os.getpid())],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=scratch,
            env=worker_environment(inherited_environment(PASSED_ON), launch, scratch),
            start_new_session=True,
        )
    except OSError as error:
        raise WorkerError(
            f"cannot start worker {launch.name}",
            f"{launch.python}: {error.strerror}",
            expected="the interpreter of a built env",
            next_step="build the env again",
        ) from error


def _fd(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise AssertionError("every pipe was asked for")
    return pipe.fileno()
