"""GPUs as the NVIDIA driver reports them."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pynvml

from vlmhb.system.process import inherited_environment

VISIBLE = "CUDA_VISIBLE_DEVICES"
_SLICE = "MIG-"
"""How the UUIDs of MIG slices begin."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU, or one MIG slice of one: what a worker may have."""

    uuid: str
    name: str
    memory_gib: float
    path: str = ""
    """Of a slice: `MIG-GPU-<UUID>/<GPU instance>/<compute instance>`, as CUDA names it, too."""

    @property
    def is_slice(self) -> bool:
        """Whether it is a part of a GPU in MIG mode."""
        return is_slice(self.uuid)


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU of the machine."""

    uuid: str
    gpus: tuple[Gpu, ...]
    """What workers may have of it: itself, or in MIG mode its slices, of which it may have none."""


@dataclass(frozen=True, slots=True)
class Driver:
    """What NVML tells about the machine, whatever CUDA_VISIBLE_DEVICES hides."""

    version: str = ""
    """Empty without a driver."""
    cuda: str = ""
    """The newest CUDA it can run, e.g. `12.4`; empty when it does not say."""
    gpus: int = 0
    """In place of one in MIG mode its slices."""
    silent_gpus: int = 0
    """Those that do not answer."""
    undivided_gpus: int = 0
    """Those in MIG mode without a slice: nobody can compute on them. Not among `gpus`."""
    problem: str = ""
    """Why NVML tells nothing."""


def is_slice(uuid: str) -> bool:
    """Whether it is the UUID of a MIG slice."""
    return uuid.startswith(_SLICE)


def read_driver() -> Driver:
    """The NVIDIA driver of this machine."""
    try:
        with _nvml() as nvml:
            return describe(nvml)
    except pynvml.NVMLError as error:
        return Driver(problem=str(error))


def describe(nvml: Any) -> Driver:
    """What an initialised NVML says of its driver."""
    cards, version = query(nvml)
    try:
        number = int(nvml.nvmlSystemGetCudaDriverVersion_v2())
        cuda = f"{number // 1000}.{number % 1000 // 10}"
    except pynvml.NVMLError:
        cuda = ""
    silent = sum(card is None for card in cards)
    return Driver(
        version,
        cuda,
        gpus=silent + len(visible(cards, None)),
        silent_gpus=silent,
        undivided_gpus=sum(card is not None and not card.gpus for card in cards),
    )


def list_gpus() -> tuple[tuple[Gpu, ...], str]:
    """The GPUs and the driver's version; no GPUs and an empty version without a driver.

    In place of a GPU in MIG mode its slices. What CUDA_VISIBLE_DEVICES hides or does not answer is
    left out.
    """
    try:
        with _nvml() as nvml:
            cards, driver = query(nvml)
    except pynvml.NVMLError:
        return (), ""
    return visible(cards, inherited_environment([VISIBLE]).get(VISIBLE)), driver


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


def query(nvml: Any) -> tuple[tuple[Card | None, ...], str]:
    """Every GPU by index, None for one that does not answer, and the driver's version."""
    driver = ""
    try:
        driver = str(nvml.nvmlSystemGetDriverVersion())
        count = int(nvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return (), driver
    return tuple(_card(nvml, index) for index in range(count)), driver


def _card(nvml: Any, index: int) -> Card | None:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        uuid = str(nvml.nvmlDeviceGetUUID(handle))
        if _is_divided(nvml, handle):
            # Its own memory is not asked for: in a container with one slice nobody may know it.
            return Card(uuid, _slices(nvml, handle, uuid))
        return Card(uuid, (_gpu(nvml, handle, uuid),))
    except pynvml.NVMLError:
        return None


def _gpu(nvml: Any, handle: Any, uuid: str, path: str = "") -> Gpu:
    return Gpu(
        uuid=uuid,
        name=str(nvml.nvmlDeviceGetName(handle)),
        memory_gib=round(nvml.nvmlDeviceGetMemoryInfo(handle).total / 2**30, 1),
        path=path,
    )


def _is_divided(nvml: Any, handle: Any) -> bool:
    """Whether it is in MIG mode; most GPUs have none, and drivers before 450 know of none."""
    try:
        now, _ = nvml.nvmlDeviceGetMigMode(handle)
    except pynvml.NVMLError:
        return False
    return bool(now == pynvml.NVML_DEVICE_MIG_ENABLE)


def _slices(nvml: Any, handle: Any, card: str) -> tuple[Gpu, ...]:
    """The slices that this process may see."""
    found: list[Gpu] = []
    for place in range(int(nvml.nvmlDeviceGetMaxMigDeviceCount(handle))):
        with contextlib.suppress(pynvml.NVMLError):  # not every place has one
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, place)
            instance = nvml.nvmlDeviceGetGpuInstanceId(part)
            path = f"{_SLICE}{card}/{instance}/{nvml.nvmlDeviceGetComputeInstanceId(part)}"
            found.append(_gpu(nvml, part, str(nvml.nvmlDeviceGetUUID(part)), path))
    return tuple(found)


def visible(cards: Sequence[Card | None], setting: str | None) -> tuple[Gpu, ...]:
    """What a value of CUDA_VISIBLE_DEVICES lets through, in its order.

    As CUDA reads it: numbers of GPUs, or beginnings of UUIDs, and what follows the first entry that
    names nothing is ignored. None lets all through. A GPU in MIG mode stands for all its slices:
    what keeps one process from using several does not matter to workers with one each.
    """
    if setting is None:
        return tuple(gpu for card in cards if card is not None for gpu in card.gpus)
    chosen: dict[str, Gpu] = {}
    for entry in setting.split(","):
        named = _named(cards, entry.strip())
        if named is None:
            break
        chosen.update((gpu.uuid, gpu) for gpu in named)
    return tuple(chosen.values())


def _named(cards: Sequence[Card | None], entry: str) -> tuple[Gpu, ...] | None:
    """None when the entry names no GPU; nothing when it names one that does not answer."""
    if entry.isdecimal():
        if int(entry) >= len(cards):
            return None
        card = cards[int(entry)]
        return () if card is None else card.gpus
    if entry.startswith("GPU-"):
        found = [card.gpus for card in cards if card is not None and card.uuid.startswith(entry)]
        return found[0] if len(found) == 1 else None
    if not is_slice(entry):
        return None
    slices = [gpu for gpu in visible(cards, None) if gpu.is_slice]
    exact = [gpu for gpu in slices if entry in (gpu.uuid, gpu.path)]
    begun = exact or [gpu for gpu in slices if gpu.uuid.startswith(entry)]
    return (begun[0],) if len(begun) == 1 else None
