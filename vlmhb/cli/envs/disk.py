"""What envs take on disk, in words."""

import sys

from vlmhb.domain.sizes import megabytes
from vlmhb.env import StoredEnv, Tally, Usage
from vlmhb.system.mounts import Mount, mount_of, read_mounts


def mount_below(env: StoredEnv) -> Mount | None:
    """The mount that the env lies on; None when the kernel does not say."""
    try:
        return mount_of(env.folder.resolve(), read_mounts())
    except OSError:
        return None


def disk_line(env: StoredEnv) -> str:
    """How its files came from uv's cache, what that costs, and where they are."""
    used = Tally([env.folder]).usage()
    how = "files of an unknown build"
    if env.facts:
        how = {
            "hardlink": "hardlinks into uv's cache",
            "copy": "copies, because uv's cache and the env store share no hardlinks",
        }.get(env.facts.link_mode, env.facts.link_mode)
    line = f"{how}: {megabytes(used.unique_bytes)} of its own"
    if used.shared_bytes:
        line += f", {megabytes(used.shared_bytes)} shared"
    mount = mount_below(env)
    return f"{line}, on {mount.point} ({mount.type})" if mount else line


def left_in_cache(before: Usage, after: Usage) -> str:
    """What removed envs leave in uv's cache and how to free that; empty when they leave nothing."""
    size_bytes = before.shared_bytes - after.shared_bytes
    if size_bytes <= 0:
        return ""
    # Not `cache prune`: uv keeps every wheel it once unpacked, used by an env or not.
    return (
        f"{megabytes(size_bytes)} of them are in uv's cache as well and stay there for the next "
        f"build; `{sys.executable} -m uv cache clean [PACKAGE...]` frees that"
    )
