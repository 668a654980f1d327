"""How near an order of pages is to the true one, as VLMHyperBench measures it.

An order of another length or of other pages gets 0, which is what guessing comes to; an order that
is wrong throughout gets less. A sample without an answer is taken for the latter where failures
count as wrong, or failing would pay.

Source: VLMHyperBench's bench_utils, `calculate_ordering_metrics`. It has no rule for a missing
answer: such samples are left out, as they are of `value` here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.ordering.page_order import page_order

Order: TypeAlias = Sequence[int]

LONGEST = 2_000
"""Pages; the pairs of more take too long to count."""


NO_TARGET = Unscored("no target is an order of different pages")


@dataclass(frozen=True, slots=True)
class OrderMetric:
    """A figure of a true order and a permutation of it."""

    name: str
    title: str
    summary: str
    figure: Callable[[Order, Order], float]
    """Of the true order and the answer's, at least two pages."""
    lowest: float
    """What the figure cannot fall below."""
    normalisation: str = "page numbers"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset({AnswerKind.REPLY})

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """The best figure of all targets."""
        truths = true_orders(sample)
        if not truths:
            return NO_TARGET
        answer = page_order(text)
        return Score(max(self.of(truth, answer) for truth in truths), 1)

    def worst(self, sample: Sample) -> Score | Unscored:
        """The lowest there is: that of the reverse order, or 0 for a single page."""
        truths = true_orders(sample)
        if not truths:
            return NO_TARGET
        return Score(max(self.lowest if len(truth) > 1 else 0.0 for truth in truths), 1)

    def of(self, truth: Order, answer: Order) -> float:
        """The figure; 0 unless both hold the same pages, and 1 for a single page."""
        if sorted(truth) != sorted(answer):
            return 0.0
        return self.figure(truth, answer) if len(truth) > 1 else 1.0


def true_orders(sample: Sample) -> tuple[Order, ...]:
    """The targets that are orders."""
    return tuple(order for order in map(page_order, sample.targets) if usable(order))


def usable(order: Order) -> bool:
    """Whether an order has pages, each of them once."""
    return 0 < len(order) <= LONGEST and len(set(order)) == len(order)


def kendall_tau(truth: Order, answer: Order) -> float:
    """Pairs of pages in the right order less those in the wrong one, over all pairs; in [-1, 1].

    Source: Kendall 1938, "A new measure of rank correlation" (Biometrika 30).
    """
    position = {page: place for place, page in enumerate(truth)}
    places = [position[page] for page in answer]
    right = sum(earlier < later for index, later in enumerate(places) for earlier in places[:index])
    pairs = len(places) * (len(places) - 1) // 2
    return (2 * right - pairs) / pairs


def spearman_rho(truth: Order, answer: Order) -> float:
    """Correlation of the page numbers that stand at the same places, in [-1, 1].

    VLMHyperBench compares the page numbers place by place, not the places of each page; for a
    document whose true order is 1, 2, 3, ... that is the same.

    Source: Spearman 1904, "The proof and measurement of association between two things".
    """
    rank = {page: place for place, page in enumerate(sorted(truth))}
    count = len(truth)
    squares = sum(
        (rank[ours] - rank[theirs]) ** 2 for ours, theirs in zip(truth, answer, strict=True)
    )
    return 1 - 6 * squares / (count * (count**2 - 1))


def order_accuracy(truth: Order, answer: Order) -> float:
    """Share of places that hold the right page."""
    right = sum(ours == theirs for ours, theirs in zip(truth, answer, strict=True))
    return right / len(truth)


KENDALL_TAU = OrderMetric(
    "kendall_tau",
    "Kendall's tau",
    "Pairs of pages in the right order less those in the wrong one, over all pairs, mean of "
    "documents; 0 when the answer names other pages, -1 for the reverse order.",
    kendall_tau,
    lowest=-1.0,
)
SPEARMAN_RHO = OrderMetric(
    "spearman_rho",
    "Spearman's rho",
    "Rank correlation of the true and the given order, mean of documents; 0 when the answer names "
    "other pages, -1 for the reverse order.",
    spearman_rho,
    lowest=-1.0,
)
ORDER_ACCURACY = OrderMetric(
    "order_accuracy",
    "Pages in place",
    "Share of places that hold the right page, mean of documents; 0 when the answer names other "
    "pages.",
    order_accuracy,
    lowest=0.0,
)
