"""Which GPUs a run may use."""

from types import SimpleNamespace

import pynvml
import pytest

from vlmhb.system.gpus import Driver, Gpu, describe, query, visible

GPUS = tuple(Gpu(f"GPU-{letter}{letter}00", "GPU", 80.0) for letter in "abc")


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
    shown = visible(GPUS, setting)

    assert [f"GPU-{letter}{letter}00" for letter in expected] == [gpu.uuid for gpu in shown]


def test_a_gpu_that_does_not_answer_keeps_its_number():
    assert (GPUS[2],) == visible((GPUS[0], None, GPUS[2]), "1,2")
    assert (GPUS[0], GPUS[2]) == visible((GPUS[0], None, GPUS[2]), None)


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
            }.items()
        }
    )


GPU = Gpu("GPU-a", "GPU", 1.0)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("", ((GPU, GPU), "570")),
        ("0", ((None, GPU), "570")),
        ("nvmlDeviceGetMemoryInfo", ((None, None), "570")),
        ("nvmlDeviceGetCount", ((), "570")),
        ("nvmlSystemGetDriverVersion", ((), "")),
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
