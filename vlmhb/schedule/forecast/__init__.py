"""What a run is expected to take: the scheduler, played with figures. Pure."""

from vlmhb.schedule.forecast.expected import Expected
from vlmhb.schedule.forecast.forecast import Forecast, Unknown, forecast
from vlmhb.schedule.forecast.places import Place
from vlmhb.schedule.forecast.step import Doing, Stretch

__all__ = ["Doing", "Expected", "Forecast", "Place", "Stretch", "Unknown", "forecast"]
