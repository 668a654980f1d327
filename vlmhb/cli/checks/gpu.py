"""GPUs, as far as models may use them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from vlmhb.cli.checks.check import Check, Status
from vlmhb.domain.envspec import EnvSpec
from vlmhb.system.gpus import VISIBLE, Driver, Gpu


def judge_gpus(gpus: Sequence[Gpu], driver: Driver) -> Iterator[Check]:
    """What models find: the GPUs, then the driver."""
    counted = Counter((gpu.name, gpu.memory_gib) for gpu in gpus)
    names = ", ".join(f"{n} x {name} ({size} GiB)" for (name, size), n in counted.items())
    hidden = driver.gpus - driver.silent_gpus - len(gpus)
    notes = [
        *([f"{hidden} more hidden by {VISIBLE}"] if hidden > 0 else []),
        *([f"{driver.silent_gpus} do not answer"] if driver.silent_gpus else []),
        *([f"{driver.undivided_gpus} in MIG mode without a slice"] * bool(driver.undivided_gpus)),
    ]
    found = "; ".join([names or "none found", *notes])
    if driver.silent_gpus:
        fix = "restart the pod or take another: such a GPU needs a reset of the machine"
        yield Check("gpu", Status.WARN, found, fix)
    elif driver.undivided_gpus:
        fix = "have its owner make slices (nvidia-smi mig -cgi ... -C) or end MIG mode"
        yield Check("gpu", Status.WARN, found, fix)
    elif hidden > 0 and not gpus:
        yield Check("gpu", Status.WARN, found, f"unset {VISIBLE} or name a GPU in it")
    elif not gpus:
        fix = (
            "models run on the CPU; on a GPU pod check nvidia-smi: pods restart without their "
            "GPUs, and containers need --gpus all"
        )
        yield Check("gpu", Status.WARN, found, fix)
    else:
        yield Check("gpu", Status.OK, found)
    yield _driver(driver)


def judge_driver(name: str, spec: EnvSpec, driver: Driver, gpus: int) -> Check:
    """Whether the driver can run what the env holds."""
    if not spec.needs_gpu:
        return Check(name, Status.OK, "none needed")
    needed = f"{spec.min_driver} or newer" if spec.min_driver else "any"
    other = "or name another variant in the model file: env: NAME@VARIANT"
    if not driver.version or not gpus:
        found = f"needs an NVIDIA driver ({needed}) and a GPU that models may use; none found"
        return Check(name, Status.FAIL, found, f"run on a GPU pod, {other}")
    if not spec.suits_driver(driver.version):
        found = f"{driver.version} is too old: {spec.name} needs {needed}"
        return Check(name, Status.FAIL, found, f"choose a pod with a newer driver, {other}")
    return Check(name, Status.OK, f"{driver.version}; needed: {needed}")


def _driver(driver: Driver) -> Check:
    if not driver.version:
        fix = "none is needed on the CPU; on a GPU pod choose an image or a host with a driver"
        return Check("driver", Status.WARN, driver.problem or "none found", fix)
    cuda = f"CUDA up to {driver.cuda}" if driver.cuda else "the newest CUDA is not told"
    return Check("driver", Status.OK, f"{driver.version}, {cuda}")
