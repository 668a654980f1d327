import pytest

from tests.unit.cli.checks.specs import envspec
from vlmhb.cli.checks.check import Status
from vlmhb.cli.checks.gpu import judge_driver, judge_gpus
from vlmhb.system.gpus import Driver, Gpu

GPUS = (Gpu("GPU-a", "H200", 139.8), Gpu("GPU-b", "H200", 139.8))
DRIVER = Driver("550.54.14", "12.4", 2, 0)


def test_equal_gpus_are_counted_and_the_newest_cuda_is_told():
    gpus, driver = judge_gpus(GPUS, DRIVER)

    assert (Status.OK, "2 x H200 (139.8 GiB)") == (gpus.status, gpus.found)
    assert (Status.OK, "550.54.14, CUDA up to 12.4") == (driver.status, driver.found)


def test_no_driver_is_a_warning_with_the_reason():
    gpus, driver = judge_gpus((), Driver(problem="NVML Shared Library Not Found"))

    assert (Status.WARN, "none found") == (gpus.status, gpus.found)
    assert (Status.WARN, "NVML Shared Library Not Found") == (driver.status, driver.found)


@pytest.mark.parametrize(
    ("expected", "said", "shown", "driver"),
    [
        (Status.OK, "1 more hidden by CUDA_VISIBLE_DEVICES", 1, DRIVER),
        (Status.WARN, "2 more hidden by CUDA_VISIBLE_DEVICES", 0, DRIVER),
        (Status.WARN, "1 do not answer", 1, Driver("550", "12.4", 2, 1)),
        (Status.WARN, "none found", 0, Driver("550", "12.4", 0, 0)),
        (
            Status.WARN,
            "none found; 1 in MIG mode without a slice",
            0,
            Driver("550", "12.4", undivided_gpus=1),
        ),
    ],
)
def test_gpus_that_models_cannot_use_are_told_apart(
    expected: Status, said: str, shown: int, driver: Driver
):
    gpus, _ = judge_gpus(GPUS[:shown], driver)

    assert expected is gpus.status
    assert said in gpus.found


@pytest.mark.parametrize(
    ("expected", "variant", "needed", "driver", "gpus"),
    [
        (Status.OK, "", "", Driver(), 0),
        (Status.OK, "cpu", "", Driver(), 0),
        (Status.OK, "cu124", "525.60.13", DRIVER, 2),
        (Status.OK, "cu124", "", DRIVER, 2),
        (Status.FAIL, "cu124", "560.1", DRIVER, 2),
        (Status.FAIL, "cu124", "550.100.1", DRIVER, 2),
        (Status.FAIL, "cu124", "525.60.13", Driver(), 0),
        (Status.FAIL, "cu124", "", DRIVER, 0),
    ],
)
def test_an_env_needs_its_driver_and_a_gpu_that_is_seen(
    expected: Status, variant: str, needed: str, driver: Driver, gpus: int
):
    spec = envspec(variant=variant, min_driver=needed)

    assert expected is judge_driver("driver", spec, driver, gpus).status
