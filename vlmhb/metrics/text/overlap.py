"""How much of the words of answer and target is shared, in order and in any order."""

from collections import Counter

from rapidfuzz.distance import LCSseq

from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.best_target import BestTarget
from vlmhb.metrics.text.normalize import DOCUMENT
from vlmhb.metrics.text.words import words


def rouge_l(answer: str, target: str) -> float:
    """F1 of the longest sequence of words that both have in the same order, gaps allowed.

    Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries" (ACL workshop).
    """
    given, wanted = words(answer), words(target)
    return f1(LCSseq.similarity(given, wanted), len(given), len(wanted))


def token_f1(answer: str, target: str) -> float:
    """F1 of the words both have, as often as both have them, in any order.

    Source: Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text"
    (EMNLP).
    """
    given, wanted = Counter(words(answer)), Counter(words(target))
    return f1((given & wanted).total(), given.total(), wanted.total())


def f1(shared: int, given: int, wanted: int) -> float:
    """Harmonic mean of the shared words' shares; 1 for two texts without any word."""
    return 2 * shared / (given + wanted) if given + wanted else 1.0


ROUGE_L = BestTarget(
    "rouge_l",
    "ROUGE-L",
    "F1 of the longest common subsequence of words, in any script.",
    DOCUMENT.name,
    rouge_l,
    kinds=frozenset(AnswerKind),
)
TOKEN_F1 = BestTarget(
    "token_f1",
    "Token F1",
    "F1 of the words that answer and target share, in any order and any script.",
    DOCUMENT.name,
    token_f1,
    kinds=frozenset(AnswerKind),
)
