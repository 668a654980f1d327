"""Whether a reply is a target, to the letter or spelling aside."""

from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.text.normalize import FIELD, RAW


def exact_match(answer: str, target: str) -> float:
    """1 when both are equal after `field` normalisation, else 0."""
    return float(FIELD(answer) == FIELD(target))


def exact_match_raw(answer: str, target: str) -> float:
    """1 when both are the same characters, white space included, else 0."""
    return float(answer == target)


EXACT_MATCH = BestTarget(
    "exact_match",
    "Exact match",
    "Share of replies equal to a target, apart from case, ё/е, quotes, dashes, white space, "
    "characters nobody sees and the spaces inside numbers.",
    FIELD.name,
    exact_match,
)
EXACT_MATCH_RAW = BestTarget(
    "exact_match_raw",
    "Exact match, raw",
    "Share of replies that are a target character by character.",
    RAW.name,
    exact_match_raw,
)
