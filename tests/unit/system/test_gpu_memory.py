"""How full a GPU is and who fills it, as far as the driver tells."""

from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from tests.fakes import gpu
from vlmhb.system.gpu_memory import GpuMemory, GpuUser, NvmlGpus

GIB = 1 << 30


class Nvml:
    """A driver with one GPU that refuses the calls in `lost`."""

    def __init__(self, *lost: str) -> None:
        self.lost = lost
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(*_arguments: object):
            self.calls.append(name)
            if name in self.lost:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            return ANSWERS.get(name)

        return call


def process(pid: int, used: int | None) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=used)


COMPUTE_V2 = "nvmlDeviceGetComputeRunningProcesses_v2"
GRAPHICS_V2 = "nvmlDeviceGetGraphicsRunningProcesses_v2"
ANSWERS = {
    "nvmlDeviceGetHandleByUUID": "handle",
    "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=24 * GIB, used=9 * GIB),
    "nvmlDeviceGetComputeRunningProcesses_v3": [process(7, 8 * GIB), process(5, None)],
    "nvmlDeviceGetGraphicsRunningProcesses_v3": [process(7, 1 * GIB), process(3, GIB)],
    COMPUTE_V2: [process(9, None)],
    GRAPHICS_V2: [],
    "nvmlSystemGetProcessName": "/usr/bin/python3 --token secret",
}


def gpus(nvml: Nvml) -> NvmlGpus:
    return NvmlGpus(nvml, ((gpu(),), "570"))


def test_memory_is_what_everybody_uses():
    memory = gpus(Nvml()).memory("GPU-a")

    assert GpuMemory(24 * GIB, 9 * GIB) == memory
    assert 15 * GIB == memory.free_bytes


@pytest.mark.parametrize(
    "lost", ["nvmlInit", "nvmlDeviceGetHandleByUUID", "nvmlDeviceGetMemoryInfo"]
)
def test_a_gpu_that_does_not_tell_is_no_failure(lost: str):
    assert gpus(Nvml(lost)).memory("GPU-a") is None


def test_users_are_named_by_their_program_alone_and_once():
    users = gpus(Nvml()).users("GPU-a")

    assert (
        GpuUser(3, "python3", GIB),
        GpuUser(5, "python3", None),
        GpuUser(7, "python3", 8 * GIB),
    ) == users


@pytest.mark.parametrize(
    ("lost", "pids"),
    [
        (("nvmlDeviceGetComputeRunningProcesses_v3",), [3, 7, 9]),
        (("nvmlDeviceGetComputeRunningProcesses_v3", COMPUTE_V2), [3, 7]),
        (("nvmlDeviceGetGraphicsRunningProcesses_v3", GRAPHICS_V2), [5, 7]),
        (("nvmlDeviceGetHandleByUUID",), []),
        (("nvmlSystemGetProcessName",), [3, 5, 7]),
    ],
)
def test_what_the_driver_does_not_list_is_left_out(lost: tuple[str, ...], pids: list[int]):
    assert pids == [user.pid for user in gpus(Nvml(*lost)).users("GPU-a")]


def test_nvml_is_opened_once_and_closed_once():
    nvml = Nvml()
    both = gpus(nvml)
    both.memory("GPU-a")
    both.users("GPU-a")
    both.close()
    both.close()

    assert (1, 1) == (nvml.calls.count("nvmlInit"), nvml.calls.count("nvmlShutdown"))


def test_every_call_is_one_that_the_library_has():
    """The stand-in above would answer any."""
    nvml = Nvml(*(name for name in ANSWERS if name.endswith("_v3")))
    both = gpus(nvml)
    both.users("GPU-a")
    both.memory("GPU-a")
    both.close()

    assert {*ANSWERS, "nvmlInit", "nvmlShutdown"} == set(nvml.calls)
    assert all(callable(getattr(pynvml, name)) for name in nvml.calls)
