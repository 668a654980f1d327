"""References to envs: NAME, or NAME@VARIANT."""

import re
from collections.abc import Sequence

from vlmhb.domain.envspec import EnvSpec
from vlmhb.errors import ConfigError

_REFERENCE = re.compile(r"(.+?)(?:@([A-Za-z0-9]+))?")


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
