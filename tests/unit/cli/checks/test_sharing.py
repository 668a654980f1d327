from pathlib import Path

import pytest

from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.sharing import judge_locks, links, run_locks
from vlmhb.system.volume import Locks

SHARED_MEMORY = Path("/dev/shm")


@pytest.mark.parametrize(
    ("locks", "builder", "run"),
    [
        (Locks.WORK, Status.OK, Status.OK),
        (Locks.NO_EFFECT, Status.WARN, Status.WARN),
        (Locks.ABSENT, Status.WARN, Status.FAIL),
        (Locks.STUCK, Status.FAIL, Status.FAIL),
    ],
)
def test_builds_get_along_without_locks_and_runs_do_not(locks: Locks, builder: Status, run: Status):
    found = [judge_locks("x", locks, lost="", needed=needed).status for needed in (False, True)]

    assert [builder, run] == found


def test_the_locks_of_a_folder_not_made_yet_are_those_around_it(tmp_path: Path):
    (check,) = run_locks(tmp_path / "runs")

    assert Status.OK is check.status
    assert [] == list(tmp_path.iterdir())


def test_one_file_system_shares_files_even_before_the_folders_are_made(tmp_path: Path):
    hard, _ = links(tmp_path / "cache", tmp_path / "envs")

    assert (Status.OK, True) == (hard.status, "link mode hardlink" in hard.found)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="needs a second file system")
def test_two_file_systems_mean_copies_and_their_cost(tmp_path: Path):
    hard, _ = links(SHARED_MEMORY / "cache", tmp_path / "envs")

    assert (Status.WARN, True) == (hard.status, "whole size" in hard.found)
    assert "UV_CACHE_DIR and VLMHB_ENVS" in hard.fix
