"""Whether a reply is a target, spelling aside."""

from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.normalize import FIELD


def exact_match(answer: str, target: str) -> float:
    """1 when both are equal after `field` normalisation, else 0."""
    return float(FIELD(answer) == FIELD(target))


EXACT_MATCH = BestTarget(
    "exact_match",
    "Exact match",
    "Share of replies equal to a target, apart from case, ё/е, quotes, dashes, white space and "
    "the spaces inside numbers.",
    FIELD.name,
    exact_match,
)
