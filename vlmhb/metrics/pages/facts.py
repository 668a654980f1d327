"""Whether an answer says what is known of a page: texts that are there, are not, or come first.

Source: olmOCR-bench, `olmocr/bench/tests.py`; the kinds `present`, `absent` and `order`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.score import Direction, Score, Unscored
from vlmhb.domain.task import AnswerKind
from vlmhb.metrics.pages.near_matches import near_starts
from vlmhb.metrics.pages.page_text import page_text
from vlmhb.metrics.structured.json_answer import strict

Fact: TypeAlias = Mapping[str, Json]

LONGEST = 200_000
"""Characters of an answer that are searched; the rest counts as not written."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that an answer bears out, over all that are known."""

    name: str = "facts"
    title: str = "Facts"
    summary: str = (
        "Share of the facts about a page that the answer bears out: texts that are present, "
        "absent or in order, give or take the edits that each fact allows; as olmOCR-bench."
    )
    normalisation: str = "page text"
    direction: Direction = Direction.HIGHER
    kinds: frozenset[AnswerKind] = frozenset(AnswerKind)

    def score(self, text: str, sample: Sample) -> Score | Unscored:
        """Facts borne out over facts, for the list of facts, each a target, that suits best."""
        known = [facts_of(target) for target in sample.targets]
        for facts in known:
            if isinstance(facts, Unscored):
                return facts
        page = page_text(text[:LONGEST])
        scores = [
            Score(sum(holds(fact, page) for fact in facts), len(facts))
            for facts in known
            if not isinstance(facts, Unscored)
        ]
        if not scores:
            return Unscored("the sample has no target")
        return max(scores, key=lambda score: score.value or 0.0)

    def worst(self, sample: Sample) -> Score | Unscored:
        """None of them: a page that was not read does not show what is absent from it."""
        score = self.score("", sample)
        return score if isinstance(score, Unscored) else Score(0, score.denominator)


def facts_of(target: str) -> tuple[Fact, ...] | Unscored:
    """The facts of a target: a JSON object, or an array of them."""
    value = strict(target)
    facts = (value,) if isinstance(value, Mapping) else value
    if not facts:
        return Unscored("a target is no JSON object or array of facts")
    known = tuple(fact for fact in facts if isinstance(fact, Mapping) and is_complete(fact))
    if len(known) < len(facts):
        wrong = next(fact for fact in facts if fact not in known)
        return Unscored(f"not a fact that can be judged: {str(wrong)[:80]}")
    return known


def is_complete(fact: Fact) -> bool:
    """Whether a fact is of a known kind and says what it takes to judge it."""
    written = [fact.get(key) for key in TEXTS.get(str(fact.get("type")), ())]
    lengths = [len(page_text(text).strip()) for text in written if isinstance(text, str)]
    allowed = fact.get("max_diffs", 0)
    return (
        len(lengths) == len(written) > 0
        and min(lengths) > 0
        and isinstance(allowed, int)
        and 0 <= allowed <= min(lengths)
    )


def holds(fact: Fact, page: str) -> bool:
    """Whether a page bears a fact out."""
    return RULES[str(fact["type"])](fact, page)


def is_present(fact: Fact, page: str) -> bool:
    """Whether the text is there, give or take `max_diffs` of its characters.

    `case_sensitive`, `first_n` and `last_n` say what of the page is looked at, and how.
    """
    from rapidfuzz import fuzz  # noqa: PLC0415 - looking metrics up must not wait for it

    wanted = page_text(str(fact["text"]))
    page = window(page, fact.get("first_n"), fact.get("last_n"))
    if not fact.get("case_sensitive", True):
        wanted, page = wanted.lower(), page.lower()
    edits = most_edits(fact)
    if len(page) < len(wanted) - edits:
        return False
    if edits == 0:
        return wanted in page
    # Not edits but olmOCR's measure: the share of characters in common with the best part.
    needed = 100 * (1 - edits / len(wanted))
    return fuzz.partial_ratio(wanted, page, score_cutoff=needed) >= needed


def is_absent(fact: Fact, page: str) -> bool:
    """Whether the text is not there, nor anything that near to it."""
    return not is_present(fact, page)


def is_in_order(fact: Fact, page: str) -> bool:
    """Whether some occurrence of `before` begins ahead of one of `after`."""
    edits = most_edits(fact)
    before = near_starts(page_text(str(fact["before"])), page, edits)
    after = near_starts(page_text(str(fact["after"])), page, edits)
    return bool(before and after) and before[0] < after[-1]


def most_edits(fact: Fact) -> int:
    """The edits that a fact allows."""
    allowed = fact.get("max_diffs", 0)
    return allowed if isinstance(allowed, int) else 0


def window(page: str, first: Json, last: Json) -> str:
    """The first and last characters of a page; all of it where neither is asked for."""
    head = page[:first] if isinstance(first, int) and first > 0 else ""
    tail = page[-last:] if isinstance(last, int) and last > 0 else ""
    return head + tail or page


TEXTS: Mapping[str, Sequence[str]] = {
    "present": ("text",),
    "absent": ("text",),
    "order": ("before", "after"),
}
RULES: Mapping[str, Callable[[Fact, str], bool]] = {
    "present": is_present,
    "absent": is_absent,
    "order": is_in_order,
}
FACTS = Facts()
