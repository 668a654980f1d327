"""References to envs: NAME, or NAME@VARIANT."""

import re
from collections.abc import Sequence
from enum import Enum

from vlmhb.domain.envspec import EnvSpec
from vlmhb.errors import ConfigError, UnusableError

_REFERENCE = re.compile(r"(.+?)(?:@([A-Za-z0-9]+))?")


class Device(str, Enum):
    """What the user wants models to run on."""

    AUTO = "auto"
    """A GPU where there is one that suits the env, else the CPU."""
    CPU = "cpu"
    CUDA = "cuda"


def split_reference(written: str) -> tuple[str, str]:
    """The name or path, and the variant; the variant is empty when none is named."""
    match = _REFERENCE.fullmatch(written)
    return (match.group(1), match.group(2) or "") if match else (written, "")


def choose_variant(specs: Sequence[EnvSpec], wanted: str, driver: str, shown: str) -> EnvSpec:
    """The variant called `wanted`; when that is empty, the one for a machine with this driver.

    That is the first one for a GPU whose driver is new enough, else the one for the CPU, else the
    first: it can be built and packed here, and a run says that it needs another machine. `driver`
    is empty on a machine without a GPU.

    Raises:
        ConfigError: there is no variant of that name.
    """
    known = [spec.variant for spec in specs if spec.variant]
    if wanted:
        for spec in specs:
            if spec.variant == wanted:
                return spec
        expected = f"one of: {', '.join(known)}" if known else "no variant: it has none"
        raise ConfigError((f"{shown}: got the variant {wanted!r}, expected {expected}",))
    fitting = [spec for spec in specs if spec.needs_gpu and driver and spec.suits_driver(driver)]
    on_cpu = [spec for spec in specs if not spec.needs_gpu]
    return [*fitting, *on_cpu, *specs][0]


def choose_for_device(
    specs: Sequence[EnvSpec], wanted: str, driver: str, device: Device, shown: str
) -> EnvSpec:
    """The variant as `choose_variant` says, but never one for another device than is wanted.

    An env without variants has one Python for every machine, which is as good for either device.

    Raises:
        ConfigError: there is no variant of that name, or none for this device.
        UnusableError: this machine has no GPU for it.
    """
    if device is Device.CUDA and not driver:
        raise UnusableError(
            "cannot run on CUDA",
            "this machine has no NVIDIA GPU that answers",
            next_step="vlmhb doctor, or leave out --device",
        )
    spec = choose_variant(specs, wanted, "" if device is Device.CPU else driver, shown)
    for_gpus = [one.variant for one in specs if one.needs_gpu]
    if device is Device.CPU and spec.needs_gpu:
        raise ConfigError(
            (f"{shown}: got {spec.name} with --device cpu, expected one for the CPU",)
        )
    if device is Device.CUDA and for_gpus and not spec.needs_gpu:
        raise ConfigError(
            (
                f"{shown}: got {spec.name} with --device cuda, expected one of:"
                f" {', '.join(for_gpus)}, and a driver that is new enough; this one is {driver}",
            )
        )
    return spec
