"""What the weights of a run were when it began."""

from collections.abc import Sequence

from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import ModelSpec, WeightsRef
from vlmhb.store import RunManifest


def began_with(
    models: Sequence[ModelSpec], manifest: RunManifest
) -> dict[WeightsRef, LoadedWeights]:
    """What the weights were of which a model has been loaded already."""
    began: dict[WeightsRef, LoadedWeights] = {}
    for model in models:
        loaded = manifest.weights_of(model.name)
        if model.weights is not None and loaded is not None:
            began.setdefault(model.weights, loaded)
    return began
