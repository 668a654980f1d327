"""How like a page's text is to the true one: the mean of BLEU, METEOR, F1 of words, and edits.

Source: OCRBench v2 and MWS-Vision-Bench, `cal_per_metrics`, which take BLEU and METEOR from nltk.
Here METEOR matches equal words in any case; nltk goes on to English stems and synonyms, which
changes nothing for words in other scripts. Words are what white space parts, in Chinese too.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.best_target import BestTarget

LONGEST = 200_000
ORDERS = 4
RECALL_WEIGHT = 0.9
LARGEST_PENALTY = 0.5


def full_page_similarity(answer: str, target: str) -> float:
    """The mean of the four, in [0, 1]; 0 for an empty answer."""
    answer, target = answer[:LONGEST], target[:LONGEST]
    if not answer:
        return 0.0
    ours, theirs = answer.split(), target.split()
    edits = Levenshtein.normalized_similarity(answer, target)
    return (bleu(ours, theirs) + meteor(ours, theirs) + words_f1(ours, theirs) + edits) / 4


def bleu(answer: Sequence[str], target: Sequence[str]) -> float:
    """BLEU of one text, orders 1 to 4, not smoothed: 0 when no four words in a row are shared.

    Source: Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine translation".
    """
    logs = 0.0
    for order in range(1, ORDERS + 1):
        ours, theirs = Counter(grams(answer, order)), Counter(grams(target, order))
        shared = (ours & theirs).total()
        if not shared:
            return 0.0
        logs += math.log(shared / ours.total()) / ORDERS
    brevity = min(0.0, 1 - len(target) / len(answer))
    return math.exp(logs + brevity)


def grams(words: Sequence[str], order: int) -> Iterator[tuple[str, ...]]:
    """Every so many words in a row."""
    return zip(*(words[start:] for start in range(order)), strict=False)


def meteor(answer: Sequence[str], target: Sequence[str]) -> float:
    """Recall-weighted F of equal words, less for each break in their order.

    Source: Banerjee and Lavie 2005, "METEOR: an automatic metric for MT evaluation"; weights of
    nltk, which pairs words from the end.
    """
    places: dict[str, list[int]] = {}
    for place, word in enumerate(target):
        places.setdefault(word.lower(), []).append(place)
    pairs: list[tuple[int, int]] = []
    for place in reversed(range(len(answer))):
        free = places.get(answer[place].lower())
        if free:
            pairs.append((place, free.pop()))
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(answer), len(pairs) / len(target)
    mean = precision * recall / (RECALL_WEIGHT * precision + (1 - RECALL_WEIGHT) * recall)
    penalty = LARGEST_PENALTY * (chunks(pairs) / len(pairs)) ** 3
    return mean * (1 - penalty)


def chunks(pairs: Sequence[tuple[int, int]]) -> int:
    """How many runs of pairs stand together in both texts; pairs go from last to first."""
    together = sum(
        (later[0] - earlier[0], later[1] - earlier[1]) == (1, 1)
        for later, earlier in pairwise(pairs)
    )
    return len(pairs) - together


def words_f1(answer: Sequence[str], target: Sequence[str]) -> float:
    """F1 of the different words of both."""
    ours, theirs = set(answer), set(target)
    return 2 * len(ours & theirs) / (len(ours) + len(theirs)) if ours or theirs else 0.0


FULL_PAGE_OCR = BestTarget(
    "full_page_ocr",
    "Page text",
    "Mean of BLEU, METEOR, F1 of the different words and similarity by edits between a page's "
    "text and the true one; as OCRBench v2 and MWS-Vision-Bench.",
    "raw",
    full_page_similarity,
    kinds=frozenset(AnswerKind),
)
