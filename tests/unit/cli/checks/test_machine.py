import datetime
from pathlib import Path

import pytest

from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.machine import clock, judge_clock, judge_memory, judge_shared_memory
from vlmhb.system.memory import HostMemory, MemoryLimit
from vlmhb.system.mounts import Space

GIB = 1 << 30
NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.timezone.utc)
NOW_S = NOW.timestamp()


@pytest.mark.parametrize(
    ("expected", "available_gib", "limit"),
    [
        (Status.OK, 8, None),
        (Status.WARN, 3, None),
        (Status.OK, 8, MemoryLimit(16 * GIB, 2 * GIB, 2)),
        (Status.WARN, 8, MemoryLimit(16 * GIB, 13 * GIB, 2)),
        (Status.WARN, 3, MemoryLimit(16 * GIB, 2 * GIB, 1)),
    ],
)
def test_room_for_models_is_what_host_and_container_both_leave(
    expected: Status, available_gib: int, limit: MemoryLimit | None
):
    check = judge_memory(HostMemory(64 * GIB, available_gib * GIB), limit)

    assert expected is check.status
    assert bool(check.fix) is (expected is Status.WARN)


def test_the_limit_its_version_and_what_is_used_are_told():
    check = judge_memory(HostMemory(64 * GIB, 60 * GIB), MemoryLimit(16 * GIB, 3 * GIB, 1))

    assert "may use 16.0 GiB (cgroup v1), 3.0 GiB are in use" in check.found


def test_the_64_mb_of_a_plain_container_are_too_little_to_share():
    small = judge_shared_memory(Path("/dev/shm"), Space(64 << 20, 64 << 20, None, None))
    large = judge_shared_memory(Path("/dev/shm"), Space(8 * GIB, 8 * GIB, None, None))

    assert (Status.WARN, Status.OK) == (small.status, large.status)
    assert "--shm-size" in small.fix


@pytest.mark.parametrize(
    ("expected", "now", "written_s"),
    [
        (Status.OK, NOW, NOW_S),
        (Status.OK, NOW, NOW_S - 4),
        (Status.OK, NOW, None),
        (Status.WARN, NOW, NOW_S + 3600),
        (Status.WARN, NOW, NOW_S - 3600),
        (Status.WARN, NOW - datetime.timedelta(days=2), NOW_S - 2 * 86400),
        (Status.WARN, datetime.datetime.fromtimestamp(0, datetime.timezone.utc), 0.0),
    ],
)
def test_a_clock_is_held_against_the_code_s_files_and_a_file_made_now(
    expected: Status, now: datetime.datetime, written_s: float | None
):
    source = NOW - datetime.timedelta(days=1)

    assert expected is judge_clock(now, source, written_s).status


def test_a_folder_that_cannot_be_written_says_nothing_about_the_clock():
    (check,) = clock(Path("/proc/nowhere/runs"))

    assert Status.OK is check.status
