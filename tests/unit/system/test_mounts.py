"""Which file system a folder lies on."""

from pathlib import Path

import pytest

from vlmhb.system.mounts import (
    Mount,
    mount_of,
    nearest_folder,
    parse_mounts,
    read_mounts,
    space_on,
)

LINES = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 25 0:27 / /dev/shm rw,relatime shared:3 - tmpfs tmpfs rw,size=64k
31 27 0:40 /vol /mnt/my\\040volume rw - fuse.mfs mfs#host:9421 rw,user_id=0
32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
broken line
"""


def mount(point: str, device: str = "0:99", type_: str = "ext4") -> Mount:
    return Mount(point, type_, "source", "/", device, frozenset())


def device_of(folder: Path) -> str:
    (found,) = (m.device for m in [mount_of(folder, read_mounts())] if m)
    return found


def test_a_line_gives_point_type_source_and_options_and_a_broken_one_nothing():
    root, shared, volume, cgroup = parse_mounts(LINES.splitlines())

    assert ("/", "ext4", "/dev/vda", "254:0") == (root.point, root.type, root.source, root.device)
    assert ("/dev/shm", "tmpfs") == (shared.point, shared.type)
    assert ("/mnt/my volume", "/vol") == (volume.point, volume.root)
    assert "memory" in cgroup.options


@pytest.mark.parametrize(
    ("remote", "memory", "type_"),
    [
        (True, False, "fuse.mfs"),
        (True, False, "fuse"),
        (True, False, "nfs4"),
        (True, False, "lustre"),
        (False, True, "tmpfs"),
        (False, False, "ext4"),
        (False, False, "overlay"),
        (False, False, "fusectl"),
    ],
)
def test_a_type_tells_whether_files_are_far_away_or_in_memory(
    remote: bool, memory: bool, type_: str
):
    found = mount("/", type_=type_)

    assert (remote, memory) == (found.is_remote, found.is_memory)


def test_the_longest_path_above_a_folder_is_its_mount(tmp_path: Path):
    device = device_of(tmp_path)
    parent = mount(str(tmp_path.parent), device)
    mounts = [mount("/", device), parent, mount(f"{tmp_path}-other", device)]

    assert parent == mount_of(tmp_path, mounts)


def test_of_two_mounts_at_one_place_the_later_one_is_seen(tmp_path: Path):
    device = device_of(tmp_path)
    later = mount(str(tmp_path), device, "tmpfs")

    assert later == mount_of(tmp_path, [mount(str(tmp_path), device), later])


def test_a_mount_hidden_below_a_later_one_is_told_by_its_device(tmp_path: Path):
    visible = mount(str(tmp_path.parent), device_of(tmp_path))

    assert visible == mount_of(tmp_path, [mount(str(tmp_path), "0:9999"), visible])


def test_a_folder_of_a_file_system_with_its_own_devices_is_found_by_path(tmp_path: Path):
    assert mount("/") == mount_of(tmp_path, [mount("/")])


def test_every_folder_of_this_machine_lies_on_a_mount_with_space(tmp_path: Path):
    space = space_on(tmp_path)

    assert mount_of(tmp_path, read_mounts()) is not None
    assert 0 < space.free_bytes <= space.total_bytes


def test_a_file_system_that_makes_inodes_as_needed_has_no_count_of_them():
    assert (None, None) == (
        space_on(Path("/proc")).free_inodes,
        space_on(Path("/proc")).total_inodes,
    )


def test_a_folder_that_is_not_made_yet_would_be_made_in_the_nearest_one(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path)

    assert tmp_path == nearest_folder(tmp_path / "link" / "a" / "b")


@pytest.mark.parametrize("way", ["file", "file/below", "circle", "circle/below", "x" * 300])
def test_a_way_that_leads_to_no_folder_is_an_error(tmp_path: Path, way: str):
    (tmp_path / "file").write_text("")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")

    with pytest.raises(OSError, match=r".+"):
        nearest_folder(tmp_path / way)
