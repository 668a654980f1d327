"""Average normalised Levenshtein similarity, for short replies with small slips."""

from rapidfuzz.distance import Levenshtein

from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.normalize import single_spaces


def anls(answer: str, target: str) -> float:
    """1 minus edits per character of the longer text, in [0, 1]; below 0.5 it is 0.

    Edits are counted in lower case with white space collapsed; the length is that of the texts
    as they came. Exactly 0.5 is kept, as VLMEvalKit does, while the paper drops it.

    Source: Biten et al. 2019, "Scene Text Visual Question Answering" (ICCV).
    """
    # VLMEvalKit measures the upper-cased texts, and "ß".upper() has two characters.
    length = max(len(target.upper()), len(answer.upper()))
    if length == 0:
        return 1.0
    edits = Levenshtein.distance(single_spaces(target.lower()), single_spaces(answer.lower()))
    similarity = 1 - edits / length
    return similarity if similarity >= 0.5 else 0.0


ANLS = BestTarget(
    "anls",
    "ANLS",
    "Similarity of a reply to its closest target, 0 when more than half of the characters are "
    "wrong; the figure that VLMEvalKit gives for DocVQA and InfoVQA.",
    "lower case, white space collapsed",
    anls,
)
