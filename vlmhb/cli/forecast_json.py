"""The forecast of a run for programs. Times are seconds since the run began to ask."""

from vlmhb.domain.digest import Json
from vlmhb.plan.estimates import ASSUMED_BYTES_PER_S
from vlmhb.schedule.forecast import Forecast, Place, Stretch


def forecast_json(forecast: Forecast) -> dict[str, Json]:
    """Everything it says."""
    return {
        "makespan_s": forecast.makespan_s,
        "unknown": [{"doing": one.doing.value, "name": one.name} for one in forecast.unknown],
        "assumed_bytes_per_s": ASSUMED_BYTES_PER_S if forecast.fetches else None,
        "preparing_s": forecast.preparing_s,
        "busy": forecast.busy,
        "one_more_gpu_s": forecast.one_more_gpu_s,
        "critical_path": [_stretch(one) for one in forecast.path],
        "slots": [_place(one) for one in forecast.places],
    }


def _place(place: Place) -> dict[str, Json]:
    return {"slot": place.slot, "stretches": [_stretch(one) for one in place.stretches]}


def _stretch(one: Stretch) -> dict[str, Json]:
    return {
        "doing": one.doing.value,
        "name": one.name or None,
        "worker": one.worker or None,
        "slots": list(one.slots),
        "requests": round(one.requests),
        "began_s": one.began_s,
        "ended_s": one.ended_s,
    }
