"""Which GPUs a run may use."""

from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from vlmhb.system.gpus import Card, Driver, Gpu, describe, query, visible

CARDS = tuple(
    Card(uuid, (Gpu(uuid, "GPU", 80.0),)) for uuid in ("GPU-aa00", "GPU-bb00", "GPU-cc00")
)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, "abc"),
        ("", ""),
        ("-1", ""),
        ("NoDevFiles", ""),
        ("0", "a"),
        ("2,0", "ca"),
        (" 1 , 2 ", "bc"),
        ("1,1", "b"),
        ("1,-1,2", "b"),
        ("1,7,2", "b"),
        ("GPU-cc00", "c"),
        ("GPU-b,0", "ba"),
        ("GPU-", ""),
        ("GPU-x,0", ""),
        ("MIG-1/2/3", ""),
    ],
)
def test_only_gpus_that_the_setting_names_are_seen_in_its_order(setting: str | None, expected: str):
    shown = visible(CARDS, setting)

    assert [f"GPU-{letter}{letter}00" for letter in expected] == [gpu.uuid for gpu in shown]


def test_a_gpu_that_does_not_answer_keeps_its_number():
    first, _, third = CARDS

    assert third.gpus == visible((first, None, third), "1,2")
    assert first.gpus + third.gpus == visible((first, None, third), None)


def part(uuid: str, path: str) -> Gpu:
    return Gpu(uuid, "GPU MIG 1g.10gb", 9.5, path)


ONE = part("MIG-11aa", "MIG-GPU-bb00/1/0")
TWO = part("MIG-12aa", "MIG-GPU-bb00/11/0")
DIVIDED = (CARDS[0], Card("GPU-bb00", (ONE, TWO)), Card("GPU-cc00", ()))


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, ("GPU-aa00", "MIG-11aa", "MIG-12aa")),
        ("MIG-12aa", ("MIG-12aa",)),
        ("MIG-12,MIG-11,0", ("MIG-12aa", "MIG-11aa", "GPU-aa00")),
        ("MIG-1,0", ()),
        ("MIG-GPU-bb00/1/0", ("MIG-11aa",)),
        ("MIG-GPU-bb00/1,0", ()),
        ("1", ("MIG-11aa", "MIG-12aa")),
        ("MIG-12aa,1", ("MIG-12aa", "MIG-11aa")),
        ("GPU-b,0", ("MIG-11aa", "MIG-12aa", "GPU-aa00")),
        ("2,0", ("GPU-aa00",)),
        ("0,MIG-x,1", ("GPU-aa00",)),
        ("3,0", ()),
    ],
)
def test_of_a_gpu_in_mig_mode_the_slices_are_seen_and_never_the_whole(
    setting: str | None, expected: tuple[str, ...]
):
    assert expected == tuple(gpu.uuid for gpu in visible(DIVIDED, setting))


def driver(lost: str) -> SimpleNamespace:
    """Two GPUs behind a driver that answers all calls but `lost`; for a number, but that GPU."""

    def call(name: str, result: object):
        def answer(*arguments: object) -> object:
            if name == lost or (name == "nvmlDeviceGetHandleByIndex" and str(arguments[0]) == lost):
                raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
            return result

        return answer

    return SimpleNamespace(
        **{
            name: call(name, result)
            for name, result in {
                "nvmlSystemGetDriverVersion": "570",
                "nvmlDeviceGetCount": 2,
                "nvmlDeviceGetHandleByIndex": "handle",
                "nvmlDeviceGetUUID": "GPU-a",
                "nvmlDeviceGetName": "GPU",
                "nvmlSystemGetCudaDriverVersion_v2": 12040,
                "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=2**30),
                "nvmlDeviceGetMigMode": [0, 1],
            }.items()
        }
    )


GPU = Card("GPU-a", (Gpu("GPU-a", "GPU", 1.0),))


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("", ((GPU, GPU), "570")),
        ("0", ((None, GPU), "570")),
        ("nvmlDeviceGetMemoryInfo", ((None, None), "570")),
        ("nvmlDeviceGetCount", ((), "570")),
        ("nvmlSystemGetDriverVersion", ((), "")),
        ("nvmlDeviceGetMigMode", ((GPU, GPU), "570")),
    ],
)
def test_a_gpu_or_driver_that_does_not_answer_is_left_out(lost: str, expected: object):
    assert expected == query(driver(lost))


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("", Driver("570", "12.4", 2, 0)),
        ("0", Driver("570", "12.4", 2, 1)),
        ("nvmlSystemGetCudaDriverVersion_v2", Driver("570", "", 2, 0)),
        ("nvmlDeviceGetCount", Driver("570", "12.4", 0, 0)),
    ],
)
def test_a_driver_tells_its_newest_cuda_and_how_many_gpus_answer(lost: str, expected: Driver):
    assert expected == describe(driver(lost))


GIB = 2**30
SLICES = {0: ("MIG-11", 1), 2: ("MIG-12", 5), 3: None}
"""Place on the GPU -> UUID and memory in GiB; None does not tell its memory."""


class Divided:
    """A driver with a whole GPU, one in MIG mode with slices, and one without."""

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802 - NVML's name, as all below
        return "570"

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:  # noqa: N802
        return 12080

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        return "abc"[index]

    def nvmlDeviceGetUUID(self, handle: Any) -> str:  # noqa: N802
        return f"GPU-{handle}" if handle in ("a", "b", "c") else slice_of(handle)[0]

    def nvmlDeviceGetName(self, handle: Any) -> str:  # noqa: N802
        return "GPU" if handle in ("a", "b", "c") else "GPU MIG 1g.5gb"

    def nvmlDeviceGetMigMode(self, handle: str) -> list[int]:  # noqa: N802
        return [0 if handle == "a" else 1, 0]

    def nvmlDeviceGetMaxMigDeviceCount(self, _handle: str) -> int:  # noqa: N802
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: str, place: int) -> int:  # noqa: N802
        if handle != "b" or place not in SLICES:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return place

    def nvmlDeviceGetGpuInstanceId(self, handle: int) -> int:  # noqa: N802
        return handle + 7

    def nvmlDeviceGetComputeInstanceId(self, _handle: int) -> int:  # noqa: N802
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> SimpleNamespace:  # noqa: N802
        if handle in ("b", "c"):  # as in a container that got a slice and not the GPU
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)
        return SimpleNamespace(total=(80 if handle == "a" else slice_of(handle)[1]) * GIB)


def slice_of(handle: int) -> tuple[str, int]:
    found = SLICES[handle]
    if found is None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)
    return found


def test_a_gpu_in_mig_mode_is_its_slices():
    cards, _ = query(Divided())

    assert cards == (
        Card("GPU-a", (Gpu("GPU-a", "GPU", 80.0),)),
        Card(
            "GPU-b",
            (
                Gpu("MIG-11", "GPU MIG 1g.5gb", 1.0, "MIG-GPU-b/7/0"),
                Gpu("MIG-12", "GPU MIG 1g.5gb", 5.0, "MIG-GPU-b/9/0"),
            ),
        ),
        Card("GPU-c", ()),
    )


def test_slices_count_as_gpus_and_a_gpu_that_nobody_divided_is_told():
    assert Driver("570", "12.8", 3, 0, undivided_gpus=1) == describe(Divided())


def test_every_call_is_one_that_the_library_has():
    """The stand-in above would answer any."""
    calls = [name for name in vars(Divided) if name.startswith("nvml")]

    assert all(callable(getattr(pynvml, name)) for name in calls)
