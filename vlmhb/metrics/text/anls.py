"""Average normalised Levenshtein similarity, for short replies with small slips."""

from rapidfuzz.distance import Levenshtein

from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.text.normalize import single_spaces


def anls(answer: str, target: str) -> float:
    """1 minus edits per character of the longer text, in [0, 1]; below 0.5 it is 0.

    Edits are counted in lower case with white space collapsed; the length is that of the texts
    as they came. Exactly 0.5 is kept, as VLMEvalKit does, while the paper drops it.
    """
    # VLMEvalKit measures the upper-cased texts, and "ß".upper() has two characters.
    length = max(len(target.upper()), len(answer.upper()))
    share = share_of_edits(plain(answer), plain(target), length)
    return 1 - share if share <= 0.5 else 0.0


def anls_paper(answer: str, target: str) -> float:
    """1 minus edits per character of the longer text, in [0, 1]; 0.5 or less becomes 0.

    Both texts are in lower case with white space collapsed before anything is counted.

    Source: Biten et al. 2019, "Scene Text Visual Question Answering" (ICCV).
    """
    answer, target = plain(answer), plain(target)
    share = share_of_edits(answer, target, max(len(answer), len(target)))
    return 1 - share if share < 0.5 else 0.0


def plain(text: str) -> str:
    """`text` in lower case, with one space for every run of white space and none around it."""
    return single_spaces(text.lower())


def share_of_edits(answer: str, target: str, length: int) -> float:
    """Edits over `length`; of shares above a half, no more than that they are."""
    if length == 0:
        return 0.0
    # Whatever is wrong by more than a half scores nothing, so nobody needs its exact distance.
    return Levenshtein.distance(target, answer, score_cutoff=length // 2) / length


ANLS = BestTarget(
    "anls",
    "ANLS",
    "Similarity of a reply to its closest target, 0 when more than half of the characters are "
    "wrong; the figure that VLMEvalKit gives for DocVQA and InfoVQA.",
    "lower case, white space collapsed",
    anls,
)
ANLS_PAPER = BestTarget(
    "anls_paper",
    "ANLS, as published",
    "Similarity of a reply to its closest target, 0 when half of the characters or more are "
    "wrong; as the paper that introduced it defines it.",
    "lower case, white space collapsed",
    anls_paper,
)
