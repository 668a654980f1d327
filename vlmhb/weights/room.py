"""Room for weights on the disk."""

from collections.abc import Sequence

from vlmhb.domain.sizes import gib
from vlmhb.errors import WeightsError
from vlmhb.system.download import partial_of
from vlmhb.system.hub_files import HubFile
from vlmhb.system.mounts import nearest_folder, space_on
from vlmhb.weights.cache import RepoCache
from vlmhb.weights.refusal import Wish

SPARE_BYTES = 64 << 20
"""Left for everything else that is written meanwhile."""
LEAST_BYTES = SPARE_BYTES // 2
"""Of that, what must be left at any time: a fetch ends before others have no room to write."""


def check_room(
    cache: RepoCache, wish: Wish, files: Sequence[HubFile], spare_bytes: int = SPARE_BYTES
) -> None:
    """Return when what is missing of `files` will fit, with `spare_bytes` beside it.

    Raises:
        WeightsError: they will not.
        OSError: the file system does not tell.
    """
    needed = sum(file.size_bytes - here_bytes(cache, file) for file in files)
    free = space_on(nearest_folder(cache.folder)).free_bytes
    if needed + spare_bytes > free:
        raise WeightsError(
            f"cannot fetch the weights {wish}",
            f"{gib(needed)} are missing, and {gib(free)} are free in {cache.folder.parent}",
            next_step="free space, or set HF_HOME to a folder on a larger disk",
        )


def here_bytes(cache: RepoCache, file: HubFile) -> int:
    """How much of the file is in the cache.

    The partial file is looked at first: it becomes the whole one, never the other way round.
    """
    try:
        begun = partial_of(cache.blobs / file.blob).stat().st_size
    except FileNotFoundError:
        begun = 0
    return file.size_bytes if cache.has_blob(file) else min(begun, file.size_bytes)
