"""NVIDIA's driver in pods that say by LD_LIBRARY_PATH alone where its libraries are.

GKE mounts them at /usr/local/nvidia/lib64, Apptainer at /.singularity.d/libs; the loader's cache,
which belongs to the image, knows neither.
"""

import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from vlmhb.system.process import inherited_environment

SEARCH_PATH = "LD_LIBRARY_PATH"
LIBRARIES = ("libcuda.so.1", "libnvidia-ml.so.1")

_SEARCHED_ANYWAY = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
"""And x86_64-linux-gnu in them: to name one again would put it before what packages bring along."""
_BETWEEN = re.compile("[:;]")
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_ROOT = 0
_EVERYBODY = 0xFFFFFFFF
_NOBODY_HERE = Path("/proc/sys/kernel/overflowuid")
_USERS = Path("/proc/self/uid_map")


def driver_folders(libraries: Sequence[str] = LIBRARIES) -> tuple[str, ...]:
    """The folders of this process's LD_LIBRARY_PATH that hold one of these libraries.

    Whatever is in them goes before the libraries of an env, so those are left out that anybody but
    root and this user may write, or replace.
    """
    told = inherited_environment((SEARCH_PATH,)).get(SEARCH_PATH, "")
    owners = _trusted()
    named = (Path(name).resolve() for name in _BETWEEN.split(told) if name.startswith("/"))
    found = (folder for folder in named if _is_wanted(folder, libraries, owners))
    return tuple(dict.fromkeys(str(folder) for folder in found))


def with_folders(variables: Mapping[str, str], folders: Iterable[str]) -> dict[str, str]:
    """`variables` that look for libraries in `folders`, too, after where they look already."""
    own = variables.get(SEARCH_PATH)
    path = ":".join((own, *folders) if own else folders)
    return {**variables, SEARCH_PATH: path} if path else dict(variables)


def _is_wanted(folder: Path, libraries: Sequence[str], owners: frozenset[int]) -> bool:
    if _BETWEEN.search(str(folder)) or _is_searched_anyway(folder):
        return False
    there = [path.resolve() for name in libraries if (path := folder / name).exists()]
    return bool(there) and all(_is_safe(path, owners) for path in (folder, *there))


def _is_searched_anyway(folder: Path) -> bool:
    usual = {Path(name).resolve() for name in _SEARCHED_ANYWAY}
    return folder in usual or (folder.parent in usual and "-linux-" in folder.name)


def _is_safe(path: Path, owners: frozenset[int]) -> bool:
    """Whether nobody but `owners` can change it, add to it, or put another in its place."""
    try:
        status, above = path.stat(), [folder.stat() for folder in path.parents]
    except OSError:
        return False
    # In a sticky folder, as /tmp is, nobody moves what belongs to others.
    open_above = [one for one in above if not one.st_mode & stat.S_ISVTX]
    is_closed = not any(one.st_mode & _OTHERS_WRITE for one in (status, *open_above))
    return is_closed and all(one.st_uid in owners for one in (status, *above))


def _trusted() -> frozenset[int]:
    """Root, this user, and in a container with users of its own whoever stands for root outside."""
    owners = {_ROOT, os.geteuid()}
    try:
        if int(_USERS.read_text(encoding="ascii").split()[2]) < _EVERYBODY:
            owners.add(int(_NOBODY_HERE.read_text(encoding="ascii")))
    except (OSError, ValueError, IndexError):
        pass
    return frozenset(owners)
