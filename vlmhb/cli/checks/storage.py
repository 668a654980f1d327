"""Folders that runs write to, and the file systems they lie on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vlmhb.cli.checks.check import Check, Status, why
from vlmhb.domain.sizes import gib
from vlmhb.system.mounts import Mount, Space, mount_of, nearest_folder, space_on
from vlmhb.system.volume import check_writable

FREE_WANTED_BYTES = 10 << 30
"""A GPU env with torch takes about 6 GiB."""

FREE_INODES_WANTED = 100_000
"""Such an env has about 20,000 files, and uv's cache holds them too."""

ENVS, RUNS, CACHE, TEMP = "envs", "runs", "uv cache", "temp"

SETTINGS = {ENVS: "VLMHB_ENVS", RUNS: "VLMHB_RUNS", CACHE: "UV_CACHE_DIR", TEMP: "TMPDIR"}

_MANY_FILES = {ENVS, CACHE, TEMP}
"""Envs are tens of thousands of small files, and temp is where uv unpacks some."""


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system and the folders of ours on it."""

    mount: Mount | None
    """None where the kernel does not list it."""
    folder: Path
    """One that lies there."""
    kinds: tuple[str, ...]
    """What of ours lies there."""
    space: Space


def folders(wanted: Mapping[str, Path]) -> Iterator[Check]:
    """Whether each folder can be written, or made."""
    for kind, path in wanted.items():
        name = f"folder {kind}"
        try:
            check_writable(nearest_folder(path))
        except OSError as error:
            fix = f"set {SETTINGS[kind]} to a folder that can be written"
            yield Check(name, Status.FAIL, f"{path} cannot be written: {why(error)}", fix)
        else:
            yield Check(name, Status.OK, str(path))


def disks(wanted: Mapping[str, Path], mounts: Sequence[Mount]) -> Iterator[Check]:
    """Each file system once, with what is left there."""
    kinds: dict[Mount | int, list[str]] = {}
    examples: dict[Mount | int, Path] = {}
    for kind, path in wanted.items():
        folder = nearest_folder(path)
        place = mount_of(folder, mounts) or folder.stat().st_dev
        kinds.setdefault(place, []).append(kind)
        examples.setdefault(place, folder)
    for place, folder in examples.items():
        mount = place if isinstance(place, Mount) else None
        yield judge_volume(Volume(mount, folder, tuple(kinds[place]), space_on(folder)))


def judge_volume(volume: Volume) -> Check:
    """Whether what lies there is well placed and has room."""
    mount, space = volume.mount, volume.space
    point = mount.point if mount else volume.folder
    type_ = f"{mount.type} ({mount.source})" if mount else "unknown type"
    inodes = ""
    if space.free_inodes is not None and space.total_inodes:
        inodes = f", {space.free_inodes:,} of {space.total_inodes:,} inodes free"
    found = (
        f"{type_}, {gib(space.free_bytes)} of {gib(space.total_bytes)} free{inodes}; "
        f"for {', '.join(volume.kinds)}"
    )
    if fixes := tuple(_complaints(volume)):
        return Check(f"disk {point}", Status.WARN, found, "; ".join(fixes))
    return Check(f"disk {point}", Status.OK, found)


def _complaints(volume: Volume) -> Iterator[str]:
    mount, space, kinds = volume.mount, volume.space, set(volume.kinds)
    if mount and mount.is_remote and (misplaced := _names(kinds & _MANY_FILES)):
        yield (
            f"set {misplaced} to a local disk: over a network file system an env of small files "
            "takes minutes to hours to write"
        )
    if mount and mount.is_memory and (lost := _names(kinds & {ENVS, RUNS, CACHE})):
        yield f"set {lost} to a disk: what lies here takes memory and ends with the machine"
    if space.free_bytes < FREE_WANTED_BYTES and kinds & {ENVS, CACHE}:
        yield f"free space before a GPU env, which takes up to {gib(FREE_WANTED_BYTES)}"
    elif space.free_bytes < 1 << 30:
        yield "free space: less than 1 GiB is left"
    if space.free_inodes is not None and space.free_inodes < FREE_INODES_WANTED:
        yield "delete small files: an env takes tens of thousands of inodes"


def _names(kinds: set[str]) -> str:
    return " and ".join(SETTINGS[kind] for kind in SETTINGS if kind in kinds)
