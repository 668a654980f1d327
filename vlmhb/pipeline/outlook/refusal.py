"""The refusal of a run that would fill a disk: before anything is built, by what `plan` says."""

from vlmhb.domain.needs import Obstacle
from vlmhb.errors import EnvError, StorageError, UnusableError
from vlmhb.pipeline.outlook.look import Asking, look_at_disks, obstacles_of

ENOUGH_BYTES = 1 << 40
"""Of free space on every disk: nobody is asked what comes to it."""


def refuse_full_disks(asking: Asking) -> None:
    """Return when the disks may suffice for what the models need that is not here.

    Raises:
        UnusableError: one of them certainly does not.
    """
    try:
        full = _full_disks(asking)
    except (EnvError, StorageError, OSError):
        return  # a model that needs what cannot be looked at will tell; the others may go on
    if full:
        raise UnusableError(
            "cannot run: the disk does not suffice",
            "\n  " + "\n  ".join(one.problem for one in full),
            next_step=f"{full[0].fix}; `vlmhb plan` tells what comes to it",
        )


def _full_disks(asking: Asking) -> list[Obstacle]:
    if len(asking.here) == len(asking.models) or _have_enough(asking):
        return []
    envs, weights = asking.env_needs(), asking.weights_needs()
    disks = look_at_disks(asking, envs, weights, obstacles_of(asking, envs, weights))
    return [disk.obstacle for disk in disks if disk.obstacle]


def _have_enough(asking: Asking) -> bool:
    envs = asking.envs
    folders = [envs.root, envs.uv.cache_folder(), asking.folder]
    folders += [asking.weights.cache] if any(model.weights for model in asking.models) else []
    return all(asking.disk(folder).free_bytes >= ENOUGH_BYTES for folder in folders)
