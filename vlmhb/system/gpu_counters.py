"""What a GPU does: its memory, work, power and heat at one moment."""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pynvml

_Value = TypeVar("_Value")

THROTTLING = {
    0x2: "user_clocks",
    0x4: "power_cap",
    0x8: "hardware_slowdown",
    0x10: "sync_boost",
    0x20: "software_thermal",
    0x40: "hardware_thermal",
    0x80: "power_brake",
    0x100: "display_clocks",
    0x200: "board_limit",
    0x400: "reliability",
}
"""NVML's bits -> what they are called here. An idle GPU, bit 1, is not slower than it can be."""

REASONS = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
"""The same under two names: drivers before 535 know the second only."""

GONE = (
    pynvml.NVML_ERROR_GPU_IS_LOST,
    pynvml.NVML_ERROR_RESET_REQUIRED,
    pynvml.NVML_ERROR_UNINITIALIZED,
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED,
)
"""No later question will be answered either."""


@dataclass(frozen=True, slots=True)
class GpuCounters:
    """A GPU at one moment; None for what it does not tell."""

    used_bytes: int | None = None
    """By everybody."""
    by_process: Mapping[int, int | None] = field(default_factory=dict)
    """Pid -> memory, None where it is not told. Most containers see nobody here, or other pids."""
    utilisation: float | None = None
    """Share of the last moments in which something was computed, in [0, 1]."""
    power_w: float | None = None
    energy_j: float | None = None
    """Since the driver was loaded."""
    temperature_c: int | None = None
    throttling: frozenset[str] | None = None
    """Values of `THROTTLING`."""
    problem: str = ""
    """Why there is no point in asking again."""
    cost_s: float = 0.0
    """CPU seconds that asking took."""


def together(gpus: Sequence[GpuCounters]) -> GpuCounters:
    """What one worker's GPUs do; None for what one of them does not tell.

    Memory, power and energy are added up; the utilisation is the mean, the heat the hottest's.
    """
    if len(gpus) == 1:
        return gpus[0]
    use = _all(one.utilisation for one in gpus)
    heat = _all(one.temperature_c for one in gpus)
    slowed = _all(one.throttling for one in gpus)
    pids = {pid for one in gpus for pid in one.by_process}
    used, power, energy = (
        _all(getattr(one, name) for one in gpus) for name in ("used_bytes", "power_w", "energy_j")
    )
    return GpuCounters(
        used_bytes=None if used is None else sum(used),
        by_process={pid: _sum_known(one.by_process.get(pid, 0) for one in gpus) for pid in pids},
        utilisation=None if use is None else sum(use) / len(use),
        power_w=None if power is None else sum(power),
        energy_j=None if energy is None else sum(energy),
        temperature_c=None if heat is None else max(heat),
        throttling=None if slowed is None else frozenset().union(*slowed),
        problem=next((one.problem for one in gpus if one.problem), ""),
        cost_s=sum(one.cost_s for one in gpus),
    )


def _all(values: Iterable[_Value | None]) -> list[_Value] | None:
    """All of them; None where one is not known."""
    known = list(values)
    return None if None in known else [value for value in known if value is not None]


def _sum_known(values: Iterable[int | None]) -> int | None:
    known = _all(values)
    return None if known is None else sum(known)


def read_counters(
    nvml: Any, handle: Any, processes: Mapping[int, int | None], *, is_slice: bool = False
) -> GpuCounters:
    """What `nvml` tells of the GPU, besides the processes on it.

    Of a MIG slice it knows neither work nor power: where a driver answers, it means the whole GPU.

    Raises:
        pynvml.NVMLError: the GPU is gone.
    """

    def ask(*names: str, arguments: tuple[int, ...] = ()) -> Any:
        for name in names:
            with contextlib.suppress(AttributeError):  # a library older than the function
                try:
                    return getattr(nvml, name)(handle, *arguments)
                except pynvml.NVMLError as error:
                    if error.value in GONE:
                        raise
        return None

    memory = ask("nvmlDeviceGetMemoryInfo")
    rates = None if is_slice else ask("nvmlDeviceGetUtilizationRates")
    power = None if is_slice else ask("nvmlDeviceGetPowerUsage")
    energy = None if is_slice else ask("nvmlDeviceGetTotalEnergyConsumption")
    reasons = ask(*REASONS)
    return GpuCounters(
        used_bytes=_number(memory, lambda told: int(told.used)),
        by_process=processes,
        utilisation=_number(rates, lambda told: told.gpu / 100),
        power_w=_number(power, lambda milliwatts: milliwatts / 1000),
        energy_j=_number(energy, lambda millijoules: millijoules / 1000),
        temperature_c=_number(
            ask("nvmlDeviceGetTemperature", arguments=(pynvml.NVML_TEMPERATURE_GPU,)), int
        ),
        throttling=None
        if reasons is None
        else frozenset(name for bit, name in THROTTLING.items() if int(reasons) & bit),
    )


def _number(told: Any, figure: Callable[[Any], Any]) -> Any:
    return None if told is None else figure(told)
