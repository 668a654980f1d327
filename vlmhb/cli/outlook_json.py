"""The outlook of a run for programs. Sizes are bytes; null is not known."""

from vlmhb.cli.forecast_json import forecast_json
from vlmhb.domain.digest import Json
from vlmhb.domain.needs import Amount, EnvNeed, Obstacle, WeightsNeed
from vlmhb.pipeline.outlook import DataNeed, GpuNow, Outlook, SandboxAhead
from vlmhb.plan.estimates import DiskOutlook, Duration, GpuNeed, env_size
from vlmhb.schedule.forecast import Forecast


def outlook_json(outlook: Outlook) -> dict[str, Json]:
    """Everything it says."""
    general = [*outlook.general, *outlook.full]
    return {
        "can_run": outlook.can_run,
        "obstacles": [_obstacle(one) for one in general],
        "envs": [_env(need) for need in outlook.envs],
        "weights": [_weights(need) for need in outlook.weights],
        "datasets": [_data(need) for need in outlook.data],
        "disks": [_disk(disk) for disk in outlook.disks],
        "gpus": [_gpu(one) for one in outlook.gpus],
        "gpu_needs": [_gpu_need(need) for need in outlook.gpu_needs],
        "sandboxes": [_sandbox(one) for one in outlook.sandboxes],
        "time": {
            "total_s": _total_s(outlook.forecast),
            "models": [_duration(one) for one in outlook.durations],
        },
        "forecast": forecast_json(outlook.forecast) if outlook.forecast else None,
    }


def _amount(amount: Amount) -> dict[str, Json]:
    return {"size_bytes": amount.size_bytes, "why": amount.why or None}


def _obstacle(obstacle: Obstacle) -> dict[str, Json]:
    return {"problem": obstacle.problem, "fix": obstacle.fix}


def _env(need: EnvNeed) -> dict[str, Json]:
    missing = need.wheels
    return {
        "env": need.env,
        "is_ready": need.is_ready,
        "size": _amount(env_size(need)),
        "links": need.links,
        "packages_missing": None if missing is None else len(missing),
        "packages_here": None if missing is None else sum(wheel.is_here for wheel in missing),
        "download": _amount(need.download),
        "notes": list(need.notes),
        "obstacle": _obstacle(need.obstacle) if need.obstacle else None,
    }


def _weights(need: WeightsNeed) -> dict[str, Json]:
    return {
        "model": need.model,
        "source": need.source,
        "total": _amount(need.total),
        "download": _amount(need.download),
        "obstacle": _obstacle(need.obstacle) if need.obstacle else None,
    }


def _data(need: DataNeed) -> dict[str, Json]:
    return {
        "task": need.task,
        "files": need.files,
        "download": _amount(need.size),
        "folder": str(need.folder),
    }


def _sandbox(one: SandboxAhead) -> dict[str, Json]:
    return {
        "model": one.model,
        "level": one.sandbox.level,
        "user": one.sandbox.user,
        "network": one.sandbox.network,
        "landlock": one.sandbox.landlock,
        "lowered": list(one.sandbox.lowered),
        "obstacle": _obstacle(one.obstacle) if one.obstacle else None,
    }


def _disk(disk: DiskOutlook) -> dict[str, Json]:
    return {
        "mount": disk.disk.point,
        "free_bytes": disk.disk.free_bytes,
        "least_bytes": disk.least_bytes,
        "likely": _amount(disk.likely),
        "suffices": disk.obstacle is None,
        "warning": disk.warning or None,
        "for": [
            {"kind": one.kind, "least_bytes": one.least_bytes, "likely": _amount(one.likely)}
            for one in disk.demands
        ],
    }


def _gpu(one: GpuNow) -> dict[str, Json]:
    memory = one.memory
    return {
        "uuid": one.gpu.uuid,
        "name": one.gpu.name,
        "total_bytes": memory.total_bytes if memory else None,
        "free_bytes": memory.free_bytes if memory else None,
    }


def _gpu_need(need: GpuNeed) -> dict[str, Json]:
    return {
        "model": need.model,
        "gpus": need.count,
        "vram": _amount(need.amount),
        "is_asked": need.is_asked,
        "problem": need.problem or None,
        "warning": need.warning or None,
    }


def _total_s(forecast: Forecast | None) -> float | None:
    """Only where nothing is missing in it."""
    return None if forecast is None or forecast.unknown else forecast.makespan_s


def _duration(one: Duration) -> dict[str, Json]:
    past = one.past
    return {
        "model": one.model,
        "left": one.left,
        "total_s": one.total_s,
        "history": None
        if past is None
        else {
            "run": past.run,
            "machine": past.machine,
            "requests": past.requests,
            "request_s": past.request_s,
            "load_s": past.load_s,
            "build_s": past.build_s,
        },
    }
