"""A GPU is leased to one worker at a time, whichever process it belongs to."""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vlmhb.errors import UnusableError
from vlmhb.system.gpu_lease import GpuLease, LeaseHolder, lease_folder, take_lease

OTHER = """
import sys
from pathlib import Path
from vlmhb.system.gpu_lease import take_lease
print(type(take_lease(Path(sys.argv[1]), "GPU-a")).__name__, flush=True)
sys.stdin.read()
"""

REMOVED = """
import pathlib, sys
removals = iter([pathlib.Path(sys.argv[1], "GPU-a.lock").unlink])
def remove_once(event, _):
    if event == "fcntl.flock":
        next(removals, lambda: None)()
sys.addaudithook(remove_once)
"""


def taken(folder: Path, uuid: str = "GPU-a") -> GpuLease:
    lease = take_lease(folder, uuid)
    assert isinstance(lease, GpuLease)
    return lease


def test_a_leased_gpu_is_refused_with_the_name_of_its_holder(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path / "gpus")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert "GpuLease\n" == other.stdout.readline()
        holder = take_lease(tmp_path / "gpus", "GPU-a")
        another = taken(tmp_path / "gpus", "GPU-b")
        other.kill()
        other.wait()
        after = taken(tmp_path / "gpus")

    assert isinstance(holder, LeaseHolder)
    assert other.pid == holder.pid
    assert str(holder).startswith(f"vlmhb run {other.pid} since 20")
    for lease in (another, after):
        lease.release()


def test_a_released_gpu_can_be_leased_again(tmp_path: Path):
    first = taken(tmp_path / "gpus")
    refused = take_lease(tmp_path / "gpus", "GPU-a")
    first.release()
    first.release()
    second = taken(tmp_path / "gpus")
    second.release()

    assert isinstance(refused, LeaseHolder)


def test_a_lease_lasts_as_long_as_anybody_has_its_file_open(tmp_path: Path):
    """A guard inherits the file, and keeps the GPU when its host is gone."""
    lease = taken(tmp_path / "gpus")
    inherited = os.dup(lease.fd)
    lease.release()
    while_held = take_lease(tmp_path / "gpus", "GPU-a")
    os.close(inherited)
    after = taken(tmp_path / "gpus")
    after.release()

    assert isinstance(while_held, LeaseHolder)


def test_a_file_that_is_removed_before_it_is_locked_is_no_lease(tmp_path: Path):
    """Others would not see it, and lease the one made since."""
    folder = tmp_path / "gpus"
    with subprocess.Popen(
        [sys.executable, "-c", REMOVED + OTHER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert "GpuLease\n" == other.stdout.readline()
        found = take_lease(folder, "GPU-a")
        other.kill()

    assert isinstance(found, LeaseHolder)
    assert other.pid == found.pid


def test_a_lease_that_is_released_by_many_threads_closes_its_file_once(tmp_path: Path):
    """The number may be another file's by then."""
    failed: list[OSError] = []

    def release(lease: GpuLease, at_once: threading.Barrier) -> None:
        at_once.wait()
        try:
            lease.release()
        except OSError as error:
            failed.append(error)

    for _ in range(200):
        lease, at_once = taken(tmp_path / "gpus"), threading.Barrier(8)
        threads = [threading.Thread(target=release, args=(lease, at_once)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [] == failed


def test_a_lack_of_open_files_does_not_advise_to_remove_the_leases_in_use(tmp_path: Path):
    folder = tmp_path / "gpus"
    taken(folder).release()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        with pytest.raises(UnusableError) as caught:
            take_lease(folder, "GPU-a")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert "Too many open files" in caught.value.got
    assert "raise the limit of open files" in str(caught.value.next_step)


def test_a_holder_that_left_no_name_is_still_a_holder(tmp_path: Path):
    lease = taken(tmp_path / "gpus")
    os.ftruncate(lease.fd, 0)
    holder = take_lease(tmp_path / "gpus", "GPU-a")
    lease.release()

    assert "another vlmhb run" == str(holder)


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path):
    """In /tmp somebody else may have put one there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "gpus").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UnusableError, match="belongs to somebody else"):
        take_lease(tmp_path / "gpus", "GPU-a")
    assert [] == list((tmp_path / "elsewhere").iterdir())


def test_all_processes_of_a_user_look_in_one_place(monkeypatch: pytest.MonkeyPatch):
    before = lease_folder()
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/elsewhere")

    assert before == lease_folder()
    assert str(os.getuid()) in str(before)
