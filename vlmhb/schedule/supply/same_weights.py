"""A run has the weights that it began with, for all its models and in all its starts."""

import threading
from collections.abc import Mapping
from dataclasses import replace

from vlmhb.domain.loaded_weights import LoadedWeights
from vlmhb.domain.model import WeightsRef
from vlmhb.errors import WeightsError
from vlmhb.schedule.supply.weights import WeightsSource, loaded_weights
from vlmhb.weights import FetchedWeights, OnProgress


class SameWeights:
    """A source of weights that remembers what each reference meant when the run began.

    A branch is asked for by the commit it was then, so that a run does not change its weights when
    the branch moves between two starts, or between the fetches of two models. For one thread.
    """

    def __init__(self, source: WeightsSource, began: Mapping[WeightsRef, LoadedWeights]) -> None:
        self._source = source
        self._began = dict(began)

    def ensure(
        self, ref: WeightsRef, *, cancelled: threading.Event, on_progress: OnProgress
    ) -> FetchedWeights:
        """What `ref` names, or named when the run began.

        Raises:
            WeightsError: it cannot be had, or is not what it was.
        """
        before = self._began.get(ref)
        asked = ref if before is None else pinned(ref, before)
        fetched = self._source.ensure(asked, cancelled=cancelled, on_progress=on_progress)
        if before is not None and fetched.digest != before.sha256:
            raise WeightsError(
                f"cannot go on with the weights {before.source}",
                "they changed since this run began: its answers would come from two models",
                next_step="put the files back as they were, or start another run with --new",
            )
        self._began.setdefault(ref, loaded_weights(fetched))
        return named_as(ref, fetched)


def pinned(ref: WeightsRef, before: LoadedWeights) -> WeightsRef:
    """The same repos at the commits they had."""
    return replace(
        ref,
        revision=before.commit or ref.revision,
        also=tuple(map(pinned, ref.also, before.also)),
    )


def named_as(ref: WeightsRef, fetched: FetchedWeights) -> FetchedWeights:
    """The same weights under the names of branches and tags that the model's code may use."""
    return replace(
        fetched,
        revision=ref.revision if fetched.repo else "",
        also=tuple(map(named_as, ref.also, fetched.also)),
    )
