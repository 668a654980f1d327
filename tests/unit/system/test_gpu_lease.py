"""A card is leased to one worker at a time, whichever process it belongs to."""

import os
import subprocess
import sys
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


def taken(folder: Path, uuid: str = "GPU-a") -> GpuLease:
    lease = take_lease(folder, uuid)
    assert isinstance(lease, GpuLease)
    return lease


def test_a_leased_card_is_refused_with_the_name_of_its_holder(tmp_path: Path):
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


def test_a_released_card_can_be_leased_again(tmp_path: Path):
    first = taken(tmp_path / "gpus")
    refused = take_lease(tmp_path / "gpus", "GPU-a")
    first.release()
    first.release()
    second = taken(tmp_path / "gpus")
    second.release()

    assert isinstance(refused, LeaseHolder)


def test_a_lease_lasts_as_long_as_anybody_has_its_file_open(tmp_path: Path):
    """A guard inherits the file, and keeps the card when its host is gone."""
    lease = taken(tmp_path / "gpus")
    inherited = os.dup(lease.fd)
    lease.release()
    while_held = take_lease(tmp_path / "gpus", "GPU-a")
    os.close(inherited)
    after = taken(tmp_path / "gpus")
    after.release()

    assert isinstance(while_held, LeaseHolder)


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
