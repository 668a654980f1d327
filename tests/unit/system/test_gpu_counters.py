"""What a GPU tells is told, and what it does not tell is not zero."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from tests.fakes import gpu
from vlmhb.system.gpu_counters import THROTTLING, GpuCounters, together
from vlmhb.system.gpu_memory import NvmlGpus
from vlmhb.system.gpus import Gpu

GIB = 1 << 30
EVENTS = "nvmlDeviceGetCurrentClocksEventReasons"
THROTTLE = "nvmlDeviceGetCurrentClocksThrottleReasons"
FIGURES = {
    "nvmlDeviceGetMemoryInfo": "used_bytes",
    "nvmlDeviceGetUtilizationRates": "utilisation",
    "nvmlDeviceGetPowerUsage": "power_w",
    "nvmlDeviceGetTotalEnergyConsumption": "energy_j",
    "nvmlDeviceGetTemperature": "temperature_c",
}


class Nvml:
    """A driver with one GPU; what it says to each call, or raises."""

    def __init__(self, **told: Any) -> None:
        self.told = ANSWERS | told
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(*_arguments: object) -> Any:
            self.asked.append(name)
            told = self.told[name]
            if isinstance(told, Exception):
                raise told
            return told

        if name not in self.told:
            raise AttributeError(name)
        return call


def process(pid: int, used: int | None) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=used)


ANSWERS: dict[str, Any] = {
    "nvmlInit": None,
    "nvmlDeviceGetHandleByUUID": "handle",
    "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=24 * GIB, used=9 * GIB),
    "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=87, memory=40),
    "nvmlDeviceGetPowerUsage": 254_500,
    "nvmlDeviceGetTotalEnergyConsumption": 7_200_500,
    "nvmlDeviceGetTemperature": 61,
    EVENTS: 0x1 | 0x4 | 0x20,
    "nvmlDeviceGetComputeRunningProcesses_v3": [process(7, 8 * GIB), process(5, None)],
    "nvmlDeviceGetGraphicsRunningProcesses_v3": [process(7, GIB)],
}


def lost(number: int = pynvml.NVML_ERROR_NOT_SUPPORTED) -> Exception:
    error: Exception = pynvml.NVMLError(number)
    return error


def read(nvml: Nvml) -> GpuCounters:
    return NvmlGpus(nvml, ((gpu(),), "570")).counters("GPU-a")


def test_figures_come_in_units_that_their_names_tell():
    told = read(Nvml())

    assert told == GpuCounters(
        used_bytes=9 * GIB,
        by_process={7: 8 * GIB, 5: None},
        utilisation=0.87,
        power_w=254.5,
        energy_j=7200.5,
        temperature_c=61,
        throttling=frozenset({"power_cap", "software_thermal"}),
        cost_s=told.cost_s,
    )


@pytest.mark.parametrize("call", FIGURES)
@pytest.mark.parametrize(
    "number",
    [
        pynvml.NVML_ERROR_NOT_SUPPORTED,
        pynvml.NVML_ERROR_NO_PERMISSION,
        pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
        pynvml.NVML_ERROR_UNKNOWN,
    ],
)
def test_one_figure_that_is_not_told_takes_no_other_with_it(call: str, number: int):
    told = read(Nvml(**{call: lost(number)}))

    missing = [name for name in FIGURES.values() if getattr(told, name) is None]
    assert [FIGURES[call]] == missing
    assert "" == told.problem


def test_of_a_slice_nobody_knows_the_work_or_the_power():
    """A driver that answers all the same tells of the whole GPU."""
    nvml = Nvml()
    told = NvmlGpus(nvml, ((Gpu("MIG-11", "GPU MIG 1g.10gb", 9.5),), "570")).counters("MIG-11")

    assert (None, None, None) == (told.utilisation, told.power_w, told.energy_j)
    assert (9 * GIB, 61) == (told.used_bytes, told.temperature_c)
    assert {7: 8 * GIB, 5: None} == told.by_process
    assert "" == told.problem


def test_an_idle_gpu_is_not_throttled():
    assert frozenset() == read(Nvml(**{EVENTS: 0x1})).throttling


def test_older_drivers_know_the_reasons_by_their_older_name():
    old = Nvml(**{EVENTS: lost(pynvml.NVML_ERROR_FUNCTION_NOT_FOUND), THROTTLE: 0x40})

    assert frozenset({"hardware_thermal"}) == read(old).throttling


def test_a_part_of_a_gpu_may_tell_its_memory_alone():
    """As an instance of MIG does."""
    silent = dict.fromkeys((*FIGURES, EVENTS), lost())
    part = Nvml(**silent | {"nvmlDeviceGetMemoryInfo": SimpleNamespace(used=GIB)})
    for kind in ("Compute", "Graphics"):
        for version in ("_v3", "_v2"):
            refused = lost(pynvml.NVML_ERROR_NO_PERMISSION)
            part.told[f"nvmlDeviceGet{kind}RunningProcesses{version}"] = refused

    told = read(part)

    assert told == GpuCounters(used_bytes=GIB, cost_s=told.cost_s)


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("nvmlInit", pynvml.NVML_ERROR_DRIVER_NOT_LOADED),
        ("nvmlDeviceGetHandleByUUID", pynvml.NVML_ERROR_NOT_FOUND),
        ("nvmlDeviceGetPowerUsage", pynvml.NVML_ERROR_GPU_IS_LOST),
    ],
)
def test_a_gpu_that_is_gone_says_so(call: str, number: int):
    told = read(Nvml(**{call: lost(number)}))

    assert str(pynvml.NVMLError(number)) == told.problem
    assert told.used_bytes is None


def test_every_call_and_every_reason_is_one_that_the_library_has():
    nvml = Nvml(**{EVENTS: lost(), THROTTLE: 0})
    read(nvml)

    assert {*ANSWERS, THROTTLE} == set(nvml.asked)
    assert all(callable(getattr(pynvml, name)) for name in nvml.asked)
    known = {
        value for name, value in vars(pynvml).items() if name.startswith("nvmlClocksThrottleReason")
    }
    assert THROTTLING.keys() <= known


ONE = GpuCounters(
    used_bytes=9 * GIB,
    by_process={7: 8 * GIB, 8: GIB},
    utilisation=0.9,
    power_w=250.0,
    energy_j=1000.0,
    temperature_c=61,
    throttling=frozenset({"power_cap"}),
    cost_s=0.001,
)
OTHER = GpuCounters(
    used_bytes=5 * GIB,
    by_process={7: 4 * GIB, 9: GIB},
    utilisation=0.5,
    power_w=150.0,
    energy_j=500.0,
    temperature_c=72,
    throttling=frozenset({"software_thermal"}),
    cost_s=0.002,
)


def test_one_gpu_alone_is_told_as_it_is():
    assert ONE is together([ONE])


def test_of_several_gpus_memory_and_power_are_summed_and_the_hottest_counts():
    assert together([ONE, OTHER]) == GpuCounters(
        used_bytes=14 * GIB,
        by_process={7: 12 * GIB, 8: GIB, 9: GIB},
        utilisation=0.7,
        power_w=400.0,
        energy_j=1500.0,
        temperature_c=72,
        throttling=frozenset({"power_cap", "software_thermal"}),
        cost_s=0.003,
    )


@pytest.mark.parametrize("name", [*FIGURES.values(), "throttling"])
def test_what_one_of_several_gpus_does_not_tell_is_not_told_of_them_together(name: str):
    told = together([ONE, replace(OTHER, **{name: None})])  # type: ignore[arg-type]

    assert [name] == [one for one in (*FIGURES.values(), "throttling") if not getattr(told, one)]
    assert getattr(told, name) is None


def test_gpus_that_are_idle_and_not_slowed_are_told_so():
    idle = GpuCounters(used_bytes=0, utilisation=0.0, power_w=0.0, throttling=frozenset())
    told = together([idle, idle])

    assert (0, 0.0, 0.0, frozenset()) == (
        told.used_bytes,
        told.utilisation,
        told.power_w,
        told.throttling,
    )


def test_a_process_whose_memory_one_gpu_does_not_tell_has_none():
    told = together([ONE, replace(OTHER, by_process={7: None, 9: GIB})])

    assert {7: None, 8: GIB, 9: GIB} == told.by_process


@pytest.mark.parametrize("place", [0, 1])
def test_one_gpu_that_is_gone_is_a_problem_of_all(place: int):
    gpus = [ONE, OTHER]
    gpus[place] = GpuCounters(problem="GPU is lost")

    told = together(gpus)

    assert "GPU is lost" == told.problem
    assert told.used_bytes is None
