"""Starting a worker's process, and what is left of others."""

import fcntl
import os
import resource
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from vlmhb.domain.weights import WeightsFolder
from vlmhb.errors import WorkerError
from vlmhb.worker.launch import Launch
from vlmhb.worker.process import WorkerProcess, start_behind
from vlmhb.worker.walls import Walls


def launch(folder: Path, python: str = sys.executable) -> Launch:
    return Launch(python, {}, folder, folder / "log", "toy")


@contextmanager
def no_more_files() -> Iterator[None]:
    """Every open file from here on is one too many."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def full_disk() -> Iterator[None]:
    """Not a byte more fits into any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_walls_that_cannot_be_written_down_are_an_error_of_the_worker(tmp_path: Path):
    words = (sys.executable, "-c", "")

    with pytest.raises(WorkerError, match="cannot start worker toy"), full_disk():
        start_behind(Walls(0), launch(tmp_path), words, {}, tmp_path, ())


def test_an_interpreter_that_is_gone_means_building_the_env_again(tmp_path: Path):
    with pytest.raises(WorkerError, match="build the env again"):
        WorkerProcess(launch(tmp_path, "/nonexistent/python"))

    assert [] == list(tmp_path.iterdir())


def test_too_many_open_files_say_so_and_leave_the_env_alone(tmp_path: Path):
    with no_more_files(), pytest.raises(WorkerError, match="ulimit -n") as caught:
        WorkerProcess(launch(tmp_path))

    assert "build the env" not in str(caught.value)


def test_pipes_hold_what_a_frame_of_a_worker_holds(tmp_path: Path):
    worker = WorkerProcess(launch(tmp_path))

    for pipe in (worker.requests, worker.answers, worker.errors):
        assert 1 << 20 == fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)
    worker.kill_tree()
    select.select([worker.death], [], [], 30)
    assert worker.returncode() is not None
    worker.close()


def test_a_worker_that_starts_clears_up_after_hosts_that_were_killed(tmp_path: Path):
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys; from pathlib import Path\n"
            "from vlmhb.worker.launch import Launch\n"
            "from vlmhb.worker.process import WorkerProcess\n"
            "folder = Path(sys.argv[1])\n"
            "WorkerProcess(Launch(sys.executable, {}, folder, folder / 'log', 'toy'))\n"
            "os.kill(os.getpid(), 9)",
            str(tmp_path),
        ],
        check=False,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    (leftover,) = tmp_path.iterdir()
    foreign = tmp_path / "vlmhb-worker-other-host.1.1_1-abc"
    foreign.mkdir()
    first = WorkerProcess(launch(tmp_path))

    second = WorkerProcess(launch(tmp_path))

    assert -9 == killed.returncode
    assert not leftover.exists()
    assert {foreign, first.scratch, second.scratch} == set(tmp_path.iterdir())
    for worker in (first, second):
        worker.kill_tree()
        select.select([worker.death], [], [], 30)
        assert worker.returncode() is not None
        worker.close()


def test_a_workers_cache_of_the_hub_is_gone_with_it_and_the_weights_stay(tmp_path: Path):
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    repo = WeightsFolder("Org/Name", "main", "a" * 40, weights, ("config.json",))

    process = WorkerProcess(replace(launch(tmp_path / "scratch"), weights=(repo,)))
    seen = [path.read_text() for path in process.scratch.glob("hub/*/snapshots/*/config.json")]
    process.kill_tree()
    select.select([process.death], [], [], 20)
    process.returncode()  # takes note of its end
    process.close()

    assert ["{}"] == seen
    assert [] == list((tmp_path / "scratch").iterdir())
    assert ["config.json"] == [path.name for path in weights.iterdir()]


def test_weights_that_cannot_be_laid_out_are_named_and_leave_nothing(tmp_path: Path):
    weights = WeightsFolder("Org/Name", "main", "a" * 40, tmp_path, ("a", "a/b"))

    with pytest.raises(WorkerError, match=r"snapshots/a{40}/a: ") as caught:
        WorkerProcess(replace(launch(tmp_path / "scratch"), weights=(weights,)))

    assert "no scratch folder" not in str(caught.value)
    assert [] == list((tmp_path / "scratch").iterdir())
