"""The results of one metric as arrays, so that groups of 50,000 samples cost milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Failed, SampleScore, Score, Unscored


@dataclass(frozen=True, slots=True)
class Column:
    """One entry per sample in every array."""

    numerators: NDArray[np.float64]
    """Of the score, or of the worst one where the sample failed; 0 where it is unscored."""
    denominators: NDArray[np.float64]
    scored: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    documents: NDArray[np.intp]
    """Numbers, equal for samples of the same document."""

    def at(self, positions: NDArray[np.intp]) -> "Column":
        """The entries at `positions`."""
        return Column(
            self.numerators[positions],
            self.denominators[positions],
            self.scored[positions],
            self.failed[positions],
            self.documents[positions],
        )

    def value(self, chosen: NDArray[np.bool_]) -> float | None:
        """Sum of numerators over sum of denominators where `chosen`; None if that is nowhere."""
        if not chosen.any():
            return None
        return float(self.numerators[chosen].sum() / self.denominators[chosen].sum())

    def scored_by_document(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Numerators and denominators of the scored samples, added up for each document."""
        names, places = np.unique(self.documents[self.scored], return_inverse=True)
        sums = np.zeros((2, names.size))
        np.add.at(sums[0], places, self.numerators[self.scored])
        np.add.at(sums[1], places, self.denominators[self.scored])
        return sums[0], sums[1]


def column_of(scores: Sequence[SampleScore], samples: Sequence[Sample]) -> Column:
    """`scores` of one metric as arrays; `samples` are the ones they belong to, in order."""
    fractions = [fraction_of(score.result) for score in scores]
    numbers: dict[str, int] = {}
    documents = [numbers.setdefault(sample.document, len(numbers)) for sample in samples]
    return Column(
        np.array([fraction.numerator for fraction in fractions], dtype=np.float64),
        np.array([fraction.denominator for fraction in fractions], dtype=np.float64),
        np.array([isinstance(score.result, Score) for score in scores], dtype=np.bool_),
        np.array([isinstance(score.result, Failed) for score in scores], dtype=np.bool_),
        np.array(documents, dtype=np.intp),
    )


def fraction_of(result: Score | Unscored | Failed) -> Score:
    """What stands in the arrays for `result`; for an unscored sample, a value nobody reads."""
    if isinstance(result, Failed):
        return result.worst
    return result if isinstance(result, Score) else Score(0, 1)
