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
    """One card."""

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
    cards: int = 0
    silent_cards: int = 0
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
    cards, version = query(nvml)
    try:
        number = int(nvml.nvmlSystemGetCudaDriverVersion_v2())
        cuda = f"{number // 1000}.{number % 1000 // 10}"
    except pynvml.NVMLError:
        cuda = ""
    return Driver(version, cuda, len(cards), sum(card is None for card in cards))


def list_gpus() -> tuple[tuple[Gpu, ...], str]:
    """The cards and the driver's version; no cards and an empty version without a driver.

    Cards that CUDA_VISIBLE_DEVICES hides or that do not answer are left out.
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


def query(nvml: Any) -> tuple[tuple[Gpu | None, ...], str]:
    """Every card by index, None for one that does not answer, and the driver's version."""
    driver = ""
    try:
        driver = str(nvml.nvmlSystemGetDriverVersion())
        count = int(nvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return (), driver
    return tuple(_card(nvml, index) for index in range(count)), driver


def _card(nvml: Any, index: int) -> Gpu | None:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        return Gpu(
            uuid=str(nvml.nvmlDeviceGetUUID(handle)),
            name=str(nvml.nvmlDeviceGetName(handle)),
            memory_gib=round(nvml.nvmlDeviceGetMemoryInfo(handle).total / 2**30, 1),
        )
    except pynvml.NVMLError:
        return None


def visible(cards: Sequence[Gpu | None], setting: str | None) -> tuple[Gpu, ...]:
    """The cards that a value of CUDA_VISIBLE_DEVICES lets through, in its order.

    As CUDA reads it: numbers or beginnings of UUIDs, and what follows the first entry that names no
    card is ignored. None lets all through.
    """
    if setting is None:
        return tuple(card for card in cards if card is not None)
    chosen: dict[int, Gpu | None] = {}
    for entry in setting.split(","):
        index = _index(cards, entry.strip())
        if index is None:
            break
        chosen[index] = cards[index]
    return tuple(card for card in chosen.values() if card is not None)


def _index(cards: Sequence[Gpu | None], entry: str) -> int | None:
    if entry.isdecimal():
        return int(entry) if int(entry) < len(cards) else None
    if not entry.startswith("GPU-"):
        return None
    found = [i for i, card in enumerate(cards) if card is not None and card.uuid.startswith(entry)]
    return found[0] if len(found) == 1 else None
