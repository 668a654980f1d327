from pathlib import Path

import pytest

from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.storage import CACHE, ENVS, RUNS, TEMP, Volume, disks, folders, judge_volume
from vlmhb.system.mounts import Mount, Space, read_mounts

GIB = 1 << 30
ROOMY = Space(100 * GIB, 200 * GIB, 10_000_000, 20_000_000)


def volume(type_: str, *kinds: str, space: Space = ROOMY) -> Volume:
    mount = Mount("/here", type_, "source", "/", "0:1", frozenset())
    return Volume(mount, Path("/here"), kinds, space)


@pytest.mark.parametrize(
    ("expected", "type_", "kinds"),
    [
        (None, "ext4", (ENVS, RUNS, CACHE, TEMP)),
        (None, "overlay", (ENVS, RUNS, CACHE, TEMP)),
        ("VLMHB_ENVS and UV_CACHE_DIR and TMPDIR", "fuse.mfs", (ENVS, RUNS, CACHE, TEMP)),
        ("VLMHB_ENVS ", "nfs4", (ENVS,)),
        (None, "nfs4", (RUNS,)),
        ("VLMHB_ENVS and VLMHB_RUNS", "tmpfs", (ENVS, RUNS, TEMP)),
        (None, "tmpfs", (TEMP,)),
    ],
)
def test_many_small_files_belong_on_a_local_disk_and_what_lasts_on_any_disk(
    expected: str | None, type_: str, kinds: tuple[str, ...]
):
    check = judge_volume(volume(type_, *kinds))

    assert (Status.OK if expected is None else Status.WARN) is check.status
    assert (expected or "") in check.fix


@pytest.mark.parametrize(
    ("expected", "kind", "space"),
    [
        (Status.OK, ENVS, Space(11 * GIB, 20 * GIB, None, None)),
        (Status.WARN, ENVS, Space(9 * GIB, 20 * GIB, None, None)),
        (Status.OK, RUNS, Space(9 * GIB, 20 * GIB, None, None)),
        (Status.WARN, RUNS, Space(GIB // 2, 20 * GIB, None, None)),
        (Status.WARN, RUNS, Space(99 * GIB, 200 * GIB, 99_999, 200_000)),
        (Status.OK, RUNS, Space(99 * GIB, 200 * GIB, 100_000, 200_000)),
    ],
)
def test_space_and_inodes_that_run_out_are_a_warning(expected: Status, kind: str, space: Space):
    assert expected is judge_volume(volume("ext4", kind, space=space)).status


def test_mount_point_type_space_and_inodes_are_told():
    check = judge_volume(volume("ext4", ENVS, RUNS))

    assert "disk /here" == check.name
    assert (
        "ext4 (source), 100.0 GiB of 200.0 GiB free, 10,000,000 of 20,000,000 inodes free; "
        "for envs, runs"
    ) == check.found


def test_folders_of_one_file_system_share_a_line(tmp_path: Path):
    wanted = {ENVS: tmp_path / "envs", RUNS: tmp_path / "runs"}
    (line,) = disks(wanted, read_mounts())

    assert line.found.endswith("for envs, runs")


def test_a_file_system_the_kernel_does_not_list_is_still_described(tmp_path: Path):
    (line,) = disks({RUNS: tmp_path}, [])

    assert (f"disk {tmp_path}", True) == (line.name, line.found.startswith("unknown type"))


def test_a_folder_that_can_be_made_is_not_made(tmp_path: Path):
    (check,) = folders({RUNS: tmp_path / "a" / "runs"})

    assert Status.OK is check.status
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(("kind", "variable"), [(ENVS, "VLMHB_ENVS"), (TEMP, "TMPDIR")])
def test_a_folder_that_cannot_be_made_fails_and_names_its_variable(kind: str, variable: str):
    (check,) = folders({kind: Path("/proc/nowhere")})

    assert (Status.FAIL, True) == (check.status, variable in check.fix)
