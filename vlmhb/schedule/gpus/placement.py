"""Which GPU a model may use, and how to say that there is none. Pure."""

from collections.abc import Sequence

from vlmhb.domain.envspec import Env, EnvSpec
from vlmhb.domain.model import ModelSpec
from vlmhb.domain.sizes import gib
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
    if spec.needs_gpu or model.min_gpu_memory_gib > 0:
        return True
    packages = dict((*env.inherited, *env.packages))
    if "torch" in packages:
        return "+cpu" not in packages["torch"]
    return any(name.startswith(USES_GPU) for name in packages)


def in_order(gpus: Sequence[Gpu], needed_gib: float) -> tuple[Gpu, ...]:
    """The GPUs to try: the smallest that is large enough first, so that larger ones stay free.

    For a model that does not say what it needs, the largest first.
    """
    large = [gpu for gpu in gpus if gpu.memory_gib >= needed_gib]
    return tuple(sorted(large, key=lambda gpu: gpu.memory_gib, reverse=needed_gib <= 0))


def too_small(gpus: Sequence[Gpu], needed_gib: float) -> str:
    """Why no GPU can ever hold the model; empty when one can."""
    if in_order(gpus, needed_gib) or needed_gib <= 0:
        return ""
    if not gpus:
        return f"it needs a GPU with {needed_gib:g} GiB, none was found"
    largest = max(gpus, key=lambda gpu: gpu.memory_gib)
    return (
        f"it needs a GPU with {needed_gib:g} GiB; the largest here,"
        f" {largest.name}, has {largest.memory_gib:g} GiB"
    )


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
