"""F-score of character runs: chrF, with the figures of sacrebleu."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.text.ngrams import ngrams, shared
from vlmhb.metrics.text.normalize import RAW

if TYPE_CHECKING:  # commands that only look metrics up need not wait for numpy
    import numpy as np
    from numpy.typing import NDArray

ORDERS = range(1, 7)
BETA = 2
"""How many times as much finding all of the target counts as adding nothing to it."""


@dataclass(frozen=True, slots=True)
class Chrf:
    """Precision and recall of runs of one to six characters, white space left out.

    Source: Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation" (WMT).
    """

    name: str = "chrf"
    title: str = "chrF"
    summary: str = (
        "F-score of runs of one to six characters, white space left out; the figure that "
        "sacrebleu gives by default, divided by 100."
    )
    normalisation: str = RAW.name
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The sample's own chrF, and as counts what a group's is computed from.

        The target with the largest figure counts, the first of equals.
        """
        answer = "".join(text.split())
        targets = ["".join(target.split()) for target in sample.targets]
        every = [statistics(answer, target) for target in targets if target]
        if not every:
            return Unscored("no target has any text")
        best = max(every, key=figure)
        return Score(figure(best), 1, best)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0, with the runs of an empty answer."""
        return self.score("", sample)

    def figures(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """ChrF in [0, 1] of sums of counts, as sacrebleu gives it for a corpus."""
        return chrf(counts)


def statistics(answer: str, target: str) -> tuple[float, ...]:
    """For runs of 1 to 6 characters: the answer's, the target's and the shared ones."""
    counts: list[float] = []
    for order in ORDERS:
        wanted = Counter(ngrams(target, order))
        # Runs that the target is too short for are no fault of the answer.
        given = max(0, len(answer) - order + 1) if wanted else 0
        counts += (given, wanted.total(), shared(ngrams(answer, order), wanted))
    return tuple(counts)


def figure(counts: tuple[float, ...]) -> float:
    """ChrF in [0, 1] of the counts of one sample."""
    # It brings numpy, which commands that only look metrics up need not wait for.
    import numpy as np  # noqa: PLC0415

    return float(chrf(np.array(counts)))


def chrf(counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """ChrF in [0, 1] of `counts` of shape (..., 18), as `statistics` orders them."""
    import numpy as np  # noqa: PLC0415

    given, wanted, matched = (counts[..., start::3] for start in range(3))
    both = given > 0  # the target, too, or `statistics` would have given 0
    orders = np.maximum(both.sum(axis=-1), 1)
    precision = (np.where(both, matched, 0) / np.where(both, given, 1)).sum(axis=-1) / orders
    recall = (np.where(both, matched, 0) / np.where(both, wanted, 1)).sum(axis=-1) / orders
    weight = BETA**2
    total = weight * precision + recall
    values: NDArray[np.float64] = (1 + weight) * precision * recall / np.where(total > 0, total, 1)
    return values


CHRF = Chrf()
