"""Share of an answer's word runs that the target has: BLEU, with the figures of sacrebleu."""

import re
from collections import Counter
from collections.abc import Sequence
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

ORDERS = range(1, 5)
MARK = re.compile(r"([!\"#$%&()*+/:;<=>?@\[\\\]^_`{|}~])")
STOP_AFTER_OTHER = re.compile(r"([^0-9])([.,])")
STOP_BEFORE_OTHER = re.compile(r"([.,])([^0-9])")
HYPHEN_AFTER_DIGIT = re.compile(r"([0-9])(-)")
# In this order: "&amp;lt;" becomes "<".
ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))


@dataclass(frozen=True, slots=True)
class Bleu:
    """Geometric mean of the precisions of runs of one to four words, times a brevity penalty.

    Source: Papineni et al. 2002, "BLEU: a Method for Automatic Evaluation of Machine Translation"
    (ACL); tokens and smoothing as in Post 2018, "A Call for Clarity in Reporting BLEU Scores".
    """

    name: str
    title: str
    summary: str
    swapped: bool = False
    """Whether the answer is taken for the target and the target for the answer."""
    normalisation: str = RAW.name
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The sample's own BLEU, and as counts what a group's is computed from.

        Runs of all targets count, against the length of the target closest in length. Swapped,
        the target with the largest figure counts.
        """
        targets = [tokens(target) for target in sample.targets if target.strip()]
        if not targets:
            return Unscored("no target has any text")
        answer = tokens(text)
        if not self.swapped:
            counts = statistics(answer, targets)
            return Score(figure(counts, short_texts=True), 1, counts)
        every = [statistics(target, [answer]) for target in targets]
        value, counts = max((figure(counts), counts) for counts in every)
        return Score(value, 1, counts)

    def worst(self, sample: Sample) -> Score | Unscored:
        """0, with the lengths of an empty answer."""
        return self.score("", sample)

    def figures(self, counts: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """BLEU in [0, 1] of sums of counts, as sacrebleu gives it for a corpus."""
        return bleu_of_counts(counts)


def tokens(text: str) -> tuple[str, ...]:
    """`text` cut as the script mteval-v13a does: marks apart, but not points inside numbers."""
    text = text.rstrip().replace("<skipped>", "").replace("-\n", "")
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    text = MARK.sub(r" \1 ", f" {text} ")
    text = STOP_AFTER_OTHER.sub(r"\1 \2 ", text)
    text = STOP_BEFORE_OTHER.sub(r" \1 \2", text)
    return tuple(HYPHEN_AFTER_DIGIT.sub(r"\1 \2 ", text).split())


def statistics(answer: Sequence[str], targets: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Words of answer and target; then, for runs of 1 to 4, the shared ones and the answer's."""
    # Of two targets equally close in length, the shorter one.
    length = min((abs(len(target) - len(answer)), len(target)) for target in targets)[1]
    matched, total = [], []
    for order in ORDERS:
        wanted: Counter[Sequence[str]] = Counter()
        for target in targets:
            wanted |= Counter(ngrams(target, order))
        matched.append(shared(ngrams(answer, order), wanted))
        total.append(max(0, len(answer) - order + 1))
    return tuple(map(float, (len(answer), length, *matched, *total)))


def figure(counts: Sequence[float], *, short_texts: bool = False) -> float:
    """BLEU in [0, 1] of the counts of one sample."""
    # It brings numpy, which commands that only look metrics up need not wait for.
    import numpy as np  # noqa: PLC0415

    return float(bleu_of_counts(np.array(counts), short_texts=short_texts))


def bleu_of_counts(
    counts: "NDArray[np.float64]", *, short_texts: bool = False
) -> "NDArray[np.float64]":
    """BLEU in [0, 1] of `counts` of shape (..., 10), as `statistics` orders them.

    With `short_texts`, runs that are longer than every answer are left out instead of making the
    figure 0.
    """
    import numpy as np  # noqa: PLC0415

    given, wanted = counts[..., 0], counts[..., 1]
    matched, total = counts[..., 2:6], counts[..., 6:10]
    possible = total > 0
    missed = matched == 0
    # An order without a match gets half a match, the next one a quarter, and so on.
    smoothed = np.where(missed, 0.5 ** np.cumsum(missed, axis=-1), matched)
    logarithms = np.log(np.where(possible, smoothed, 1) / np.where(possible, total, 1))
    mean = logarithms.sum(axis=-1) / np.maximum(possible.sum(axis=-1), 1)
    brevity = np.minimum(0, 1 - wanted / np.maximum(given, 1))
    counted = matched.any(axis=-1) & (short_texts | possible.all(axis=-1))
    return np.where(counted, np.exp(mean + brevity), 0.0)


BLEU = Bleu(
    "bleu",
    "BLEU",
    "Precision of runs of one to four words with a penalty for short answers; the figure that "
    "sacrebleu gives by default, divided by 100.",
)
BLEU_VHB = Bleu(
    "bleu_vhb",
    "BLEU as VLMHyperBench",
    "BLEU with answer and target swapped, as VLMHyperBench calls sacrebleu, divided by 100; only "
    "for comparison with its tables.",
    swapped=True,
)
