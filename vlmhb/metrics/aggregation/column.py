"""The results of one metric as arrays, so that groups of 50,000 samples cost milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vlmhb.domain.score import Failed, Score, Unscored


@dataclass(frozen=True, slots=True)
class Column:
    """One entry in every array for what the metric judges as one, usually a sample."""

    sums: NDArray[np.float64]
    """Rows of what is added up over a group: numerator and denominator, or the counts of a corpus
    metric. Of the score, or of the worst one for a failure; 0 where there is neither."""
    own: NDArray[np.float64]
    """The entry's own figure; NaN where it has none or is not scored."""
    scored: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    documents: NDArray[np.intp]
    """Numbers, equal for entries of the same document."""
    problem: str = ""
    """What went wrong when entries were made of samples, or figures of entries."""

    def at(self, places: NDArray[np.intp]) -> "Column":
        """The entries at `places`."""
        return replace(
            self,
            sums=self.sums[places],
            own=self.own[places],
            scored=self.scored[places],
            failed=self.failed[places],
            documents=self.documents[places],
        )

    def totals(self) -> NDArray[np.float64]:
        """Two rows of sums: over what is scored, and over that and the failures."""
        return np.stack(
            (self.sums[self.scored].sum(axis=0), self.sums[self.scored | self.failed].sum(axis=0))
        )

    def macro(self) -> float | None:
        """Mean of the entries' own figures; None when nothing is scored, or an entry has none.

        Where some entries have none, as in F1, those of the others are not what the figure of
        the group is about.
        """
        own = self.own[self.scored]
        return float(own.mean()) if own.size and not np.isnan(own).any() else None

    def by_document(self) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The documents of what is scored, in order, and a row of their values for each sum."""
        names, places = np.unique(self.documents[self.scored], return_inverse=True)
        rows = [
            np.bincount(places, weights=weights, minlength=names.size)
            for weights in self.sums[self.scored].T
        ]
        return names, np.stack(rows) if rows else np.zeros((0, names.size))

    def unusable(self, problem: str) -> "Column":
        """The same with nothing scored, because of `problem`."""
        return replace(
            self,
            scored=np.zeros_like(self.scored),
            own=np.full_like(self.own, np.nan),
            problem=self.problem or problem,
        )


def column_of(
    results: Sequence[Score | Unscored | Failed], documents: NDArray[np.intp], *, by_counts: bool
) -> Column:
    """`results` as arrays; what is added up is their fractions, or their counts."""
    known = [
        (place, result.worst if isinstance(result, Failed) else result)
        for place, result in enumerate(results)
        if not isinstance(result, Unscored)
    ]
    rows = [
        score.counts if by_counts else (score.numerator, score.denominator) for _, score in known
    ]
    lengths = sorted(set(map(len, rows)))
    sums = np.zeros((len(results), lengths[0] if len(lengths) == 1 else 0))
    if len(lengths) == 1:
        sums[[place for place, _ in known]] = rows
    column = Column(
        sums,
        np.array([_own(result) for result in results], dtype=np.float64),
        np.array([isinstance(result, Score) for result in results], dtype=np.bool_),
        np.array([isinstance(result, Failed) for result in results], dtype=np.bool_),
        documents,
    )
    if len(lengths) <= 1:
        return column
    return column.unusable(f"metric failed: scores with {lengths[0]} and {lengths[-1]} counts")


def _own(result: Score | Unscored | Failed) -> float:
    value = result.value if isinstance(result, Score) else None
    return float("nan") if value is None else value
