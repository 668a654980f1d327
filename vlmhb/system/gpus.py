"""GPUs as the NVIDIA driver reports them."""

import contextlib
from collections.abc import Sequence
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


def list_gpus() -> tuple[tuple[Gpu, ...], str]:
    """The cards and the driver's version; no cards and an empty version without a driver.

    Cards that CUDA_VISIBLE_DEVICES hides or that do not answer are left out.
    """
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return (), ""
    try:
        cards, driver = query(pynvml)
    finally:
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()
    return visible(cards, inherited_environment([VISIBLE]).get(VISIBLE)), driver


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
