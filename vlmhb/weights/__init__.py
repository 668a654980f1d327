"""Weights: what a model's numbers and code are loaded from, found on this machine or fetched."""

from vlmhb.system.hub import Hub
from vlmhb.weights.caller import OnProgress
from vlmhb.weights.fetched import Absent, FetchedWeights
from vlmhb.weights.store import WeightsStore

__all__ = ["Absent", "FetchedWeights", "Hub", "OnProgress", "WeightsStore"]
