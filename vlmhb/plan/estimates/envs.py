"""Envs: what their packages take once they are unpacked."""

from collections.abc import Sequence

from vlmhb.domain.needs import Amount, Disk, EnvNeed, Wheel, named
from vlmhb.plan.estimates.disk import Demand

UNPACKED = 3.0
"""Bytes of files per byte of wheel: 2.5 to 3.7 in envs with and without torch."""
OWN_SHARE = 0.07
"""Of an env whose files are shared with uv's cache: bytecode, folders, what pip would write."""


def unpacked(wheels: Sequence[Wheel]) -> Amount:
    """What these take on a disk."""
    untold = [wheel.name for wheel in wheels if wheel.size_bytes is None]
    if untold:
        return Amount(None, f"nobody tells the size of {named(untold)}")
    total = sum(wheel.size_bytes or 0 for wheel in wheels)
    return Amount(int(total * UNPACKED), f"estimated: {UNPACKED:g} times the wheels")


def env_demands(needs: Sequence[EnvNeed], cache: Disk, envs: Disk) -> tuple[Demand, ...]:
    """What building comes to: in uv's cache each wheel once, in the envs every env's own files."""
    building = [need for need in needs if not need.is_ready and need.obstacle is None]
    if not building:
        return ()
    wheels = {wheel.name: wheel for need in building for wheel in need.wheels or ()}
    untold = [need.env for need in building if need.wheels is None]
    least = sum(wheel.size_bytes or 0 for wheel in wheels.values())
    likely = (
        Amount(None, f"packages of {named(untold)}") if untold else unpacked(tuple(wheels.values()))
    )
    own = Demand("envs", envs, sum(map(_least, building)), _own(building), "VLMHB_ENVS")
    if not untold and not wheels:
        return (own,)
    return (Demand("uv cache", cache, least, likely, "UV_CACHE_DIR"), own)


def _least(need: EnvNeed) -> int:
    """Copied files take at least what their wheels do."""
    return 0 if need.links else sum(wheel.size_bytes or 0 for wheel in need.wheels or ())


def env_size(need: EnvNeed) -> Amount:
    """What the whole env takes: as one that was built, else by its wheels."""
    if need.size.size_bytes is not None or not need.packages:
        return need.size
    return unpacked(need.packages)


def _own(building: Sequence[EnvNeed]) -> Amount:
    sizes = [(need, env_size(need)) for need in building]
    unknown = [(need, size) for need, size in sizes if size.size_bytes is None]
    if unknown:
        return Amount(None, f"that of {named([need.env for need, _ in unknown])}")
    shares = [(size.size_bytes or 0) * (OWN_SHARE if need.links else 1) for need, size in sizes]
    linked = f"{OWN_SHARE:.0%} of what is linked"
    how = [linked] if any(need.links for need in building) else []
    how += ["all of what is copied"] if not all(need.links for need in building) else []
    return Amount(int(sum(shares)), f"estimated: {', '.join(how)}")
