"""What a metric judges as one: samples, or several of them together."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored
from vlmhb.metrics.aggregation.column import Column, column_of
from vlmhb.metrics.attempt import attempt
from vlmhb.metrics.interface import CorpusMetric, GroupMetric, Metric
from vlmhb.metrics.scoring import checked

Result = Score | Unscored | Failed


class Units(Protocol):
    """The results of a metric on the samples of an evaluation."""

    def at(self, places: NDArray[np.intp]) -> Column:
        """One entry for each unit that the samples at `places` make up."""


def units_of(
    metric: Metric,
    cells: Sequence[SampleScore],
    samples: Sequence[Sample],
    documents: NDArray[np.intp],
) -> Units:
    """The units of `metric`; `samples` and their `documents` are those of `cells`, in order."""
    results = [cell.result for cell in cells]
    by_counts = isinstance(metric, CorpusMetric)
    if not isinstance(metric, GroupMetric):
        return column_of(results, documents, by_counts=by_counts)
    keys = attempt(lambda: _numbered([metric.key(sample) for sample in samples]))
    if isinstance(keys, Unscored):
        return column_of(results, documents, by_counts=by_counts).unusable(keys.reason)
    return Joined(metric, results, keys, documents)


def _numbered(keys: Sequence[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


class Joined:
    """Units of several samples, made anew for each group of samples."""

    def __init__(
        self,
        metric: GroupMetric,
        results: Sequence[Result],
        keys: Sequence[int],
        documents: NDArray[np.intp],
    ) -> None:
        self._metric = metric
        self._results = results
        self._keys = keys
        self._documents = documents
        # The same samples come together in most groupings.
        self._known: dict[tuple[int, ...], tuple[Result, str]] = {}

    def at(self, places: NDArray[np.intp]) -> Column:
        """One entry for the samples of each key; its document is that of the first of them."""
        members: dict[int, list[int]] = {}
        for place in places.tolist():
            members.setdefault(self._keys[place], []).append(place)
        units = [self._unit(tuple(unit)) for unit in members.values()]
        column = column_of(
            [result for result, _ in units],
            self._documents[[unit[0] for unit in members.values()]],
            by_counts=isinstance(self._metric, CorpusMetric),
        )
        problem = next((problem for _, problem in units if problem), column.problem)
        return Column(
            column.sums, column.own, column.scored, column.failed, column.documents, problem
        )

    def _unit(self, members: tuple[int, ...]) -> tuple[Result, str]:
        if members not in self._known:
            self._known[members] = joined(self._metric, [self._results[m] for m in members])
        return self._known[members]


def joined(metric: GroupMetric, results: Sequence[Result]) -> tuple[Result, str]:
    """The result of what samples with `results` make up, and what went wrong when it was made.

    It is failed if one of them is, else unscored if one of them is.
    """
    failures = [result for result in results if isinstance(result, Failed)]
    unscored = [result for result in results if isinstance(result, Unscored)]
    if unscored and not failures:
        return unscored[0], ""
    known = [
        result.worst if isinstance(result, Failed) else result
        for result in results
        if not isinstance(result, Unscored)
    ]
    score = checked(lambda: metric.combine(known))
    if isinstance(score, Unscored):
        return score, score.reason
    return (Failed(failures[0].reason, score) if failures else score), ""
