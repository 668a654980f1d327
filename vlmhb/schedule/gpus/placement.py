"""Which GPU a model may use, and how to say that there is none. Pure."""

from collections.abc import Sequence

from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sizes import gib
from vlmhb.schedule.slots import Need
from vlmhb.system.gpu_memory import GpuMemory, GpuUser
from vlmhb.system.gpus import Gpu

GIB = 1 << 30
SLACK_BYTES = 128 << 20
"""What a GPU may keep after a worker's end: less than the smallest CUDA context, more than the
driver's own ups and downs."""

USES_GPU = ("nvidia-", "onnxruntime-gpu", "paddlepaddle-gpu", "vllm", "sglang")
"""Beginnings of the names of packages that are only there to compute on a GPU."""


def wants_gpu(model: ModelSpec, spec: EnvSpec, env: Env) -> bool:
    """Whether the model's worker gets a GPU of its own, as far as its files and packages tell."""
    if spec.variant == "cpu":
        return False
    if spec.needs_gpu or model.min_gpu_memory_gib > 0 or model.gpus > 1:
        return True
    packages = dict((*env.inherited, *env.packages))
    if "torch" in packages:
        return "+cpu" not in packages["torch"]
    return any(name.startswith(USES_GPU) for name in packages)


def need_of(model: ModelSpec, spec: EnvSpec, env: Env, gpus: Sequence[Gpu]) -> Need:
    """What a worker of the model takes of a machine with these GPUs."""
    if not gpus or not wants_gpu(model, spec, env):
        return Need(is_shared=spec.network)
    return Need(model.gpus, model.min_gpu_memory_gib, is_shared=spec.network)


def large_enough(gpus: Sequence[Gpu], needed_gib: float, count: int = 1) -> tuple[Gpu, ...]:
    """The GPUs that can hold so much if they are empty, for a model that takes `count` of them."""
    return tuple(gpu for gpu in _suitable(gpus, count) if gpu.memory_gib >= needed_gib)


def _suitable(gpus: Sequence[Gpu], count: int) -> Sequence[Gpu]:
    """A MIG slice holds no part of a model: slices do not reach each other's memory."""
    return gpus if count == 1 else [gpu for gpu in gpus if not gpu.is_slice]


def too_small(gpus: Sequence[Gpu], needed_gib: float, count: int = 1) -> str:
    """Why no GPUs here can ever hold the model; empty when some can.

    `needed_gib` is what it needs of each of `count`, 0 when that is not known.
    """
    if len(large_enough(gpus, needed_gib, count)) >= count or (needed_gib <= 0 and count <= 1):
        return ""
    each = f" with {needed_gib:g} GiB{' each' * (count > 1)}" if needed_gib > 0 else ""
    need = f"it needs {count} GPUs{each}" if count > 1 else f"it needs a GPU{each}"
    if not gpus:
        return f"{need}, none was found"
    suitable = _suitable(gpus, count)
    if len(suitable) < count:
        here = f"there {'is' if len(suitable) == 1 else 'are'} {len(suitable)} here"
        slices = ", beside MIG slices, which hold no part of a model"
        return f"{need}; {here}{slices * (len(suitable) < len(gpus))}"
    if count > 1:
        sizes = ", ".join(f"{gpu.memory_gib:g} GiB" for gpu in suitable)
        return f"{need}; those here have {sizes}"
    largest = max(gpus, key=lambda gpu: gpu.memory_gib)
    return f"{need}; the largest here, {largest.name}, has {largest.memory_gib:g} GiB"


def is_back(before: GpuMemory, now: GpuMemory) -> bool:
    """Whether a worker's memory is the GPU's again."""
    return now.used_bytes <= before.used_bytes + SLACK_BYTES


def fits(memory: GpuMemory, needed_gib: float) -> bool:
    """Whether a model that needs this much finds it free."""
    return memory.free_bytes >= needed_gib * GIB


def shortage(gpu: Gpu, memory: GpuMemory, needed_gib: float, users: Sequence[GpuUser]) -> str:
    """What is missing for a model that does not fit, and who has it."""
    return (
        f"{named(gpu)} has {gib(memory.free_bytes)} of {gib(memory.total_bytes)} free, the model"
        f" needs {needed_gib:g} GiB; {used_by(users)}"
    )


def not_back(
    gpu: Gpu, before: GpuMemory, now: GpuMemory | None, users: Sequence[GpuUser], waited_s: float
) -> str:
    """Why no other model is started on the GPU that a worker has left."""
    if now is None:
        return f"{named(gpu)} does not answer any more since its last worker ended"
    return (
        f"{named(gpu)} did not get its memory back: {gib(now.used_bytes)} in use {waited_s:g} s"
        f" after the end of its worker, {gib(before.used_bytes)} before it; {used_by(users)}"
    )


def silent(gpu: Gpu) -> str:
    """Why no model is started on a GPU whose driver hangs."""
    return f"{named(gpu)} does not answer; look with nvidia-smi, or restart the machine"


def used_by(users: Sequence[GpuUser]) -> str:
    """The processes that hold memory, the greediest first, and what to do about them."""
    if not users:
        return (
            "no process that can be seen from here holds any; look on the host of this container"
            " with nvidia-smi, or take another pod"
        )
    ranked = sorted(users, key=lambda user: (-(user.used_bytes or 0), user.pid))
    return "held by " + ", ".join(_user(user) for user in ranked) + "; end them, or wait for them"


def named(gpu: Gpu) -> str:
    """The GPU, as it is called in messages."""
    return f"GPU {gpu.uuid} ({gpu.name})"


def _user(user: GpuUser) -> str:
    name = f" ({user.name})" if user.name else ""
    used = "" if user.used_bytes is None else f" with {gib(user.used_bytes)}"
    return f"process {user.pid}{name}{used}"
