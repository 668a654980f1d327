"""GPUs as the NVIDIA driver reports them."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pynvml

from vlmhb.system.process import inherited_environment

VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU."""

    uuid: str
    name: str
    memory_gib: float


@dataclass(frozen=True, slots=True)
class Driver:
    """What NVML tells about the machine, whatever CUDA_VISIBLE_DEVICES hides."""

    version: str = ""
    """Empty without a driver."""
    cuda: str = ""
    """The newest CUDA it can run, e.g. `12.4`; empty when it does not say."""
    gpus: int = 0
    silent_gpus: int = 0
    """Those that do not answer."""
    problem: str = ""
    """Why NVML tells nothing."""


def read_driver() -> Driver:
    """The NVIDIA driver of this machine."""
    try:
        with _nvml() as nvml:
            return describe(nvml)
    except pynvml.NVMLError as error:
        return Driver(problem=str(error))


def describe(nvml: Any) -> Driver:
    """What an initialised NVML says of its driver."""
    gpus, version = query(nvml)
    try:
        number = int(nvml.nvmlSystemGetCudaDriverVersion_v2())
        cuda = f"{number // 1000}.{number % 1000 // 10}"
    except pynvml.NVMLError:
        cuda = ""
    return Driver(version, cuda, len(gpus), sum(gpu is None for gpu in gpus))


def list_gpus() -> tuple[tuple[Gpu, ...], str]:
    """The GPUs and the driver's version; no GPUs and an empty version without a driver.

    GPUs that CUDA_VISIBLE_DEVICES hides or that do not answer are left out.
    """
    try:
        with _nvml() as nvml:
            gpus, driver = query(nvml)
    except pynvml.NVMLError:
        return (), ""
    return visible(gpus, inherited_environment([VISIBLE]).get(VISIBLE)), driver


@contextlib.contextmanager
def _nvml() -> Iterator[Any]:
    """NVML, ready to be asked.

    Raises:
        pynvml.NVMLError: there is no driver here, or it does not work.
    """
    pynvml.nvmlInit()
    try:
        yield pynvml
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def query(nvml: Any) -> tuple[tuple[Gpu | None, ...], str]:
    """Every GPU by index, None for one that does not answer, and the driver's version."""
    driver = ""
    try:
        driver = str(nvml.nvmlSystemGetDriverVersion())
        count = int(nvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return (), driver
    return tuple(_gpu(nvml, index) for index in range(count)), driver


def _gpu(nvml: Any, index: int) -> Gpu | None:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        return Gpu(
            uuid=str(nvml.nvmlDeviceGetUUID(handle)),
            name=str(nvml.nvmlDeviceGetName(handle)),
            memory_gib=round(nvml.nvmlDeviceGetMemoryInfo(handle).total / 2**30, 1),
        )
    except pynvml.NVMLError:
        return None


def visible(gpus: Sequence[Gpu | None], setting: str | None) -> tuple[Gpu, ...]:
    """The GPUs that a value of CUDA_VISIBLE_DEVICES lets through, in its order.

    As CUDA reads it: numbers or beginnings of UUIDs, and what follows the first entry that names no
    GPU is ignored. None lets all through.
    """
    if setting is None:
        return tuple(gpu for gpu in gpus if gpu is not None)
    chosen: dict[int, Gpu | None] = {}
    for entry in setting.split(","):
        index = _index(gpus, entry.strip())
        if index is None:
            break
        chosen[index] = gpus[index]
    return tuple(gpu for gpu in chosen.values() if gpu is not None)


def _index(gpus: Sequence[Gpu | None], entry: str) -> int | None:
    if entry.isdecimal():
        return int(entry) if int(entry) < len(gpus) else None
    if not entry.startswith("GPU-"):
        return None
    found = [i for i, gpu in enumerate(gpus) if gpu is not None and gpu.uuid.startswith(entry)]
    return found[0] if len(found) == 1 else None
