"""What a control group lets this process have."""

import subprocess
import sys
from pathlib import Path

from vlmhb.system.memory import (
    MemoryLimit,
    host_memory,
    memory_ceiling_bytes,
    memory_limit,
    oom_kills,
    peak_below_bytes,
)
from vlmhb.system.mounts import Mount

V1_NO_LIMIT = "9223372036854771712"


def group(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n")


def v1(limit: str, used: str = "0", inactive: str = "0") -> dict[str, str]:
    return {
        "memory.limit_in_bytes": limit,
        "memory.usage_in_bytes": used,
        "memory.stat": f"inactive_file 1\ntotal_inactive_file {inactive}",
    }


def v2(limit: str, used: str = "0", inactive: str = "0") -> dict[str, str]:
    return {
        "memory.max": limit,
        "memory.current": used,
        "memory.stat": f"anon 5\ninactive_file {inactive}\nactive_file 7",
    }


def mount_v1(point: Path, root: str = "/") -> Mount:
    return Mount(str(point), "cgroup", "cgroup", root, "0:1", frozenset({"rw", "memory"}))


def mount_v2(point: Path, root: str = "/") -> Mount:
    return Mount(str(point), "cgroup2", "cgroup2", root, "0:2", frozenset({"rw"}))


def test_files_that_the_kernel_can_drop_do_not_count_as_used(tmp_path: Path):
    group(tmp_path, v2("1000", "600", "100"))

    assert MemoryLimit(1000, 500, 2) == memory_limit([mount_v2(tmp_path)], "0::/")


def test_version_1_is_read_with_its_own_names(tmp_path: Path):
    group(tmp_path / "pod", v1("1000", "600", "100"))
    group(tmp_path, v1(V1_NO_LIMIT))

    assert MemoryLimit(1000, 500, 1) == memory_limit([mount_v1(tmp_path)], "4:cpu,memory:/pod")


def test_a_group_above_may_leave_less_than_the_own_one(tmp_path: Path):
    group(tmp_path, v2("max"))
    group(tmp_path / "pod", v2("1000", "900"))
    group(tmp_path / "pod" / "own", v2("800", "100"))

    assert MemoryLimit(1000, 900, 2) == memory_limit([mount_v2(tmp_path)], "0::/pod/own")


def test_no_limit_of_either_version_is_none(tmp_path: Path):
    group(tmp_path / "one", v1(V1_NO_LIMIT))
    group(tmp_path / "two", v2("max"))
    mounts = [mount_v1(tmp_path / "one"), mount_v2(tmp_path / "two")]

    assert None is memory_limit(mounts, "4:memory:/\n0::/")


def test_a_container_that_sees_only_its_own_part_of_the_tree_finds_its_group(tmp_path: Path):
    group(tmp_path / "inner", v1("1000", "10"))
    mounts = [mount_v1(tmp_path, root="/docker/abc")]

    assert MemoryLimit(1000, 10, 1) == memory_limit(mounts, "4:memory:/docker/abc/inner")


def test_a_group_outside_of_what_is_seen_counts_as_the_top(tmp_path: Path):
    group(tmp_path / "seen", v2("1000", "10"))
    group(tmp_path / "other", v2("500", "10"))

    assert MemoryLimit(1000, 10, 2) == memory_limit([mount_v2(tmp_path / "seen")], "0::/../other")


def test_without_control_groups_there_is_no_limit():
    assert None is memory_limit([], "0::/\n4:memory:/x\nnonsense")


def test_the_ceiling_is_the_smallest_limit_or_the_machine(tmp_path: Path):
    group(tmp_path, v2("2000", "1900"))
    group(tmp_path / "pod", v2("3000", "0"))

    assert 2000 == memory_ceiling_bytes([mount_v2(tmp_path)], "0::/pod")
    assert host_memory().total_bytes == memory_ceiling_bytes([], "0::/")


EVENTS = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0"
CONTROL = "oom_kill_disable 0\nunder_oom 0\noom_kill 7"


def test_both_versions_tell_how_many_they_killed(tmp_path: Path):
    group(tmp_path / "one/pod", {"memory.oom_control": CONTROL})
    group(tmp_path / "two/pod", {"memory.events": EVENTS})

    assert 7 == oom_kills([mount_v1(tmp_path / "one")], "4:memory:/pod")
    assert 2 == oom_kills([mount_v2(tmp_path / "two")], "0::/pod")


def test_of_two_versions_the_one_that_tells_counts(tmp_path: Path):
    """Where both are mounted, only one of them looks after memory."""
    group(tmp_path / "one", {"memory.oom_control": CONTROL})
    group(tmp_path / "two", {})
    mounts = [mount_v1(tmp_path / "one"), mount_v2(tmp_path / "two")]

    assert 7 == oom_kills(mounts, "4:memory:/\n0::/")


def test_a_kernel_that_tells_no_kills_is_none(tmp_path: Path):
    group(tmp_path, {"memory.events": "oom_kill many"})

    assert None is oom_kills([mount_v2(tmp_path)], "0::/")
    assert None is oom_kills([], "0::/")


def test_the_machine_has_memory():
    found = host_memory()

    assert 0 < found.available_bytes <= found.total_bytes


def test_the_peak_of_grandchildren_counts_and_that_of_children_does_not():
    """Our children are guards; what they guard is the worker."""
    holding = "x = bytearray(150_000_000); del x; print(flush=True); input()"
    guard = (
        "import subprocess, sys; y = bytearray(400_000_000); "
        f"subprocess.run([sys.executable, '-c', {holding!r}])"
    )
    before = peak_below_bytes() or 0

    with subprocess.Popen(
        [sys.executable, "-c", guard], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        peak = (peak_below_bytes() or 0) - before
        process.communicate(b"\n")

    assert 150_000_000 < peak < 300_000_000
