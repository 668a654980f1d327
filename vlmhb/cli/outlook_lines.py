"""The outlook of a run for people."""

from collections.abc import Iterator

from vlmhb.domain.needs import Amount, EnvNeed, WeightsNeed
from vlmhb.domain.sizes import gib, megabytes
from vlmhb.pipeline.outlook import GpuNow, Outlook, SandboxAhead
from vlmhb.plan.estimates import Demand, DiskOutlook, Duration, GpuNeed, env_size


def outlook_lines(outlook: Outlook) -> Iterator[str]:
    """By subject; a subject that there is nothing to say of is left out."""
    yield from _section("envs", map(_env, outlook.envs))
    yield from _section("weights", map(_weights, outlook.weights))
    yield from _section("disk", (line for disk in outlook.disks for line in _disk(disk)))
    if outlook.gpu_needs:
        gpus = list(map(_gpu, outlook.gpus)) or ["none that models may use"]
        yield from _section("GPU", (*gpus, *map(_gpu_need, outlook.gpu_needs)))
    yield from _section("sandbox", map(_sandbox, outlook.sandboxes))
    yield from _section("time", _times(outlook))


def verdict(outlook: Outlook) -> str:
    """One line: whether it can work."""
    if not outlook.can_run:
        general = [*outlook.general, *outlook.full]
        told = [f"{one.problem}. Next: {one.fix}" for one in general]
        told += [] if told else [f"{m}: {one.problem}" for m, one in outlook.obstacles.items()]
        return f"this cannot run: {_joined(told)}"
    if not outlook.asked:
        return "this can run: nothing is left to ask"
    if outlook.obstacles:
        return f"this can run, without {', '.join(outlook.obstacles)}"
    unknown = _unknown(outlook)
    return f"this can run, as far as is known; not known: {unknown}" if unknown else "this can run"


def _joined(told: list[str]) -> str:
    return "; ".join(" ".join(one.split()) for one in told)


def _unknown(outlook: Outlook) -> str:
    """What would have to be known to be sure."""
    envs = any(need.wheels is None or need.download.size_bytes is None for need in outlook.envs)
    weights = any(need.download.size_bytes is None for need in outlook.weights)
    data = any(need.size.size_bytes is None for need in outlook.data)
    parts = {"packages": envs, "weights": weights, "datasets": data}
    return ", ".join(f"size of {name}" for name, is_unknown in parts.items() if is_unknown)


def _section(name: str, lines: "Iterator[str] | tuple[str, ...] | map[str]") -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"{name}:"
        yield from (f"  {line}" for line in found)


def _amount(amount: Amount) -> str:
    """`7.5 MB (how)`; what is not known is never a number."""
    why = f" ({' '.join(amount.why.split())})" if amount.why else ""
    return f"{'not known' if amount.size_bytes is None else megabytes(amount.size_bytes)}{why}"


def _env(need: EnvNeed) -> str:
    if need.is_ready:
        size = f", {megabytes(need.size.size_bytes)}" if need.size.size_bytes else ""
        return f"{need.env}: built{size}" if size else f"{need.env}: {need.size.why}"
    if need.obstacle:
        return f"{need.env}: cannot be built: {' '.join(need.obstacle.problem.split())}"
    parts = [f"{need.env}: to build; to download: {_packages(need)}"]
    parts.append(f"its size: {_amount(env_size(need))}")
    if not need.links:
        parts.append("its files are copied from uv's cache, which takes their size twice")
    return "; ".join([*parts, *need.notes])


def _packages(need: EnvNeed) -> str:
    if need.wheels is None:
        return f"not known ({' '.join(need.unknown.split())})"
    coming = [wheel for wheel in need.wheels if not wheel.is_here]
    if not coming:
        return "nothing, all packages are here"
    count = "1 package" if len(coming) == 1 else f"{len(coming)} packages"
    return f"{count}, {_amount(need.download)}"


def _weights(need: WeightsNeed) -> str:
    shown = f"{need.model}: {need.source}"
    if need.obstacle:
        return f"{shown}: {' '.join(need.obstacle.problem.split())}"
    if need.download.size_bytes == 0:
        return f"{shown}: here, {_amount(need.total)}"
    if need.download.size_bytes is None:
        return f"{shown}: to download: {_amount(need.download)}"
    return f"{shown}: to download: {_amount(need.download)} of {_amount(need.total)}"


def _disk(disk: DiskOutlook) -> Iterator[str]:
    yield f"{disk.disk.point}: {gib(disk.disk.free_bytes)} free; for {_needed(disk)}"
    yield from (f"  {_demand(demand)}" for demand in disk.demands)
    if disk.obstacle:
        yield f"  does not suffice: {disk.obstacle.fix}"
    if disk.warning:
        yield f"  warning: {disk.warning}"


def _needed(disk: DiskOutlook) -> str:
    if disk.likely.size_bytes is None:
        return f"{megabytes(disk.known_bytes)} and what is not known"
    return f"about {megabytes(disk.known_bytes)}"


def _demand(demand: Demand) -> str:
    return f"{demand.kind}: {_amount(demand.likely)}"


def _sandbox(one: SandboxAhead) -> str:
    shown = f"{one.model}: level {one.sandbox.level}"
    return f"{shown}; no higher: {'; '.join(one.sandbox.lowered)}" if one.sandbox.lowered else shown


def _gpu(one: GpuNow) -> str:
    name = f"{one.gpu.uuid} ({one.gpu.name})"
    if one.memory is None:
        return f"{name}: {one.gpu.memory_gib:g} GiB, free: not known (it does not tell)"
    return f"{name}: {gib(one.memory.free_bytes)} of {gib(one.memory.total_bytes)} free"


def _gpu_need(need: GpuNeed) -> str:
    size = "not known" if need.amount.size_bytes is None else gib(need.amount.size_bytes)
    told = need.problem or need.warning
    many = f"{need.count} GPUs, of each " if need.count > 1 else ""
    return f"{need.model}: needs {many}{size} ({need.amount.why})" + (f"; {told}" if told else "")


def _times(outlook: Outlook) -> Iterator[str]:
    for one in outlook.durations:
        yield f"{one.model}: {_duration(one)}"


def _duration(one: Duration) -> str:
    past = one.past
    if past is None or one.total_s is None:
        return "no history: no run of this model on such a machine is here"
    load = "" if past.load_s is None else f"loading {duration(past.load_s)}, "
    count = "1 request" if one.left == 1 else f"{one.left:,} requests"
    return (
        f"about {duration(one.total_s)} without downloads: {load}{count} at"
        f" {duration(past.request_s)}; as in {past.run}, {past.requests:,} requests on"
        f" {past.machine}"
    )


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
